// A workflow with what the SDK has: steps with retries, waits, callbacks, contexts, maps, invocations, conditions.
import { withDurableExecution } from "@aws/durable-execution-sdk-js";

export const handler = withDurableExecution(async (event, context) => {
  const greeting = await context.step("greet", async () => `hello ${event.name}`);
  let refusal = "";
  try {
    await context.step(
      "refused",
      async () => {
        throw new Error("always");
      },
      { retryStrategy: (_, attempt) => ({ shouldRetry: attempt < 3, delay: { seconds: 10 } }) },
    );
  } catch (error) {
    refusal = error.message;
  }
  await context.wait("nap", { days: 2 });
  const answer = await context.waitForCallback("approval", async () => {});
  const group = await context.runInChildContext("group", async (inner) => {
    const one = await inner.step("one", async () => 1);
    return one + (await inner.step("two", async () => 2));
  });
  const squares = await context.map("squares", [1, 2, 3], async (inner, item) =>
    inner.step(`square-${item}`, async () => item * item),
  );
  const branches = await context.parallel("branches", [
    async (inner) => inner.step("left", async () => "l"),
    async (inner) => inner.step("right", async () => "r"),
  ]);
  const polled = await context.waitForCondition("poll", async (state) => state + 1, {
    initialState: 0,
    waitStrategy: (state) => (state < 3 ? { shouldContinue: true, delay: { seconds: 60 } } : { shouldContinue: false }),
  });
  const reply = await context.invoke("other", event.target, { n: group });
  return {
    greeting,
    refusal,
    answer,
    group,
    squares: squares.getResults(),
    branches: branches.getResults(),
    polled,
    reply,
  };
});
