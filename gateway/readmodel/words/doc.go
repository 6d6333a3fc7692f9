// Package words cuts text into the words of a full-text index: two neighbouring
// characters of Chinese, whole words of everything else. Both databases are given
// the same words and so find the same things.
package words
