"""Jupyter's server, made prompt: an answer to a slider does not wait for a receipt."""

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection


class PromptConnection(ZMQChannelsWebsocketConnection):
    """The way from a kernel to the browser, without Nagle's algorithm.

    A kernel first says that it is busy, then sends the picture. Nagle's algorithm keeps the second
    message until the browser's computer has acknowledged the first, which Linux puts off for up to
    40 ms: every second step of a slider came two frames later than it was drawn.
    """

    def connect(self):
        """Connect, and let each message leave at once.

        Returns
        -------
        asyncio.Future or None
            As of the class it is made of.
        """
        self.websocket_handler.set_nodelay(True)
        return super().connect()
