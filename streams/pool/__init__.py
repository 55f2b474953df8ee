"""The pool of Ollama servers: which are there, which takes the next question, what when one fails."""
