"""Examples of a task, from the hub, from files or from the embedded grammars."""
