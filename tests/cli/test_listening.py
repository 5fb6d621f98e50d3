"""The socket of ``livener serve``."""

import socket

from livener.cli.serve import listening


def test_the_body_of_an_answer_does_not_wait_for_its_head_to_arrive() -> None:
    with listening("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        connection, _ = listener.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
