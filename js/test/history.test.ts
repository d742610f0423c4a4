import { expect, test } from "vitest";
import { History } from "../src/history";

test("goes back over at least a hundred steps and forward again", () => {
  const history = new History(0);
  for (let i = 1; i <= 150; i++) history.push(i);
  for (let i = 0; i < 150; i++) history.undo();
  expect(history.current).toBe(0);
  expect(history.canUndo).toBe(false);
  for (let i = 0; i < 150; i++) history.redo();
  expect(history.current).toBe(150);
});

test("a new step after an undo forgets what was undone", () => {
  const history = new History("a");
  history.push("b");
  history.undo();
  history.push("c");
  expect(history.canRedo).toBe(false);
  history.undo();
  expect(history.current).toBe("a");
});

test("at either end nothing happens", () => {
  const history = new History("a");
  history.undo();
  history.redo();
  expect(history.current).toBe("a");
});
