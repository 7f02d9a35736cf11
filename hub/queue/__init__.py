"""Work to do: broker and actors, schedule, rate budgets, shared tokens, and the processes that do it."""
