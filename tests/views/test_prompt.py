"""The way from a kernel to the browser; how long it takes is measured in tests/browser."""

from jupyter_server.serverapp import ServerApp
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from medkit import cli
from medkit.views import prompt


def test_a_server_takes_the_argument():
    app = ServerApp()
    app.parse_command_line([cli.PROMPT_SERVER])
    assert app.kernel_websocket_connection_class is prompt.PromptConnection


def test_messages_leave_at_once_from_the_first_one_on(monkeypatch):
    done = []
    handler = KernelWebsocketHandler.__new__(KernelWebsocketHandler)
    handler.set_nodelay = lambda value: done.append(f"nodelay {value}")
    monkeypatch.setattr(
        ZMQChannelsWebsocketConnection, "connect", lambda self: done.append("connect") or "future"
    )
    one = prompt.PromptConnection.__new__(prompt.PromptConnection)
    one.websocket_handler = handler
    assert one.connect() == "future"
    assert done == ["nodelay True", "connect"]
