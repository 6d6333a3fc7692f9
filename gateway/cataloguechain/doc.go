// Package cataloguechain follows the city's catalogue chain (DB11/T 2047-2022) and
// puts its entries on the registry's ledger with their source (Art. 8). Blocks are
// verified and their changes stored in the transaction that moves the checkpoint;
// changes of a department that has subscribed are submitted in its officer's name, in
// the chain's order, once. A chain that rewrites its history stops everything.
package cataloguechain
