"""Parts of the body for the eye of a reader: the texture that a task is not trained on."""
