"""Embeddings of articles and questions, by the Ollama servers that offer a model for it."""
