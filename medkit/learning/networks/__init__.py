"""Networks in Keras: one file a network, `training` is the one loop, `explain` asks why."""
