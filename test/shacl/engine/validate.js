"use strict";
// Validates N-Quads on standard input against each file of shapes that is named, and
// writes what the engine reports as JSON.
require("./rdf-validate-shacl.min.js");
const { readFileSync } = require("node:fs");
const { Validator, Parser, Store } = globalThis.shacl;

const dataset = (text, format) => new Store(new Parser({ format }).parse(text));
const text = (term) => (term ? term.value : "");

(async () => {
  const data = dataset(readFileSync(0, "utf8"), "N-Quads");
  const found = [];
  for (const file of process.argv.slice(2)) {
    const report = await new Validator(dataset(readFileSync(file, "utf8"), "Turtle")).validate(data);
    for (const result of report.results) {
      found.push({
        severity: text(result.severity).split("#").pop(),
        constraint: text(result.sourceConstraintComponent).split("#").pop(),
        node: text(result.focusNode),
        path: text(result.path),
        value: text(result.value),
      });
    }
  }
  process.stdout.write(JSON.stringify(found));
})();
