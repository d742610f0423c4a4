// What other programs make of our files. Run in js/ with "argdown" or "dot"; a JSON list of texts in, one of answers out.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");
const load = createRequire(process.cwd() + "/");

const readers = {
  argdown() {
    const { ArgdownApplication, ParserPlugin, DataPlugin, ModelPlugin } = load("@argdown/core");
    const app = new ArgdownApplication();
    app.addPlugin(new ParserPlugin(), "parse-input");
    app.addPlugin(new DataPlugin(), "build-model");
    app.addPlugin(new ModelPlugin(), "build-model");
    return (input) => {
      const found = app.run({ input, process: ["parse-input", "build-model"], logLevel: "silent", throwExceptions: true });
      return {
        errors: [...found.lexerErrors, ...found.parserErrors].map((error) => error.message),
        statements: Object.values(found.statements).map(({ title, members, data, tags }) => ({
          title,
          texts: members.map((member) => member.text).filter((text) => text && text.trim()),
          marks: members.flatMap((member) => member.ranges || []).length + (tags || []).length,
          data: data || {},
        })),
        steps: Object.values(found.arguments).map(({ title, pcs }) => ({
          title,
          premises: pcs.slice(0, -1).map((premise) => premise.title),
          conclusion: pcs.at(-1).title,
          rules: pcs.at(-1).inference.inferenceRules,
          data: pcs.at(-1).inference.data || {},
        })),
        relations: found.relations.map(({ relationType, from, to }) => ({
          kind: relationType,
          from: from.title,
          to: to.type === "inference" ? to.argumentTitle : to.title,
          at: to.type,
        })),
        sections: found.sections.length,
      };
    };
  },
  dot() {
    const render = load("@aduh95/viz.js/sync"); // Graphviz itself, compiled; @argdown/core brings it
    return (text) => render(text);
  },
};

const read = readers[process.argv[2]]();
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map((text) => read(text))));
