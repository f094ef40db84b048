# peer_autobahn.py - Debian's python3-autobahn on Twisted as a fan-out server: peer_autobahn.py FEED_PORT, with the same
# feed as floor.c. A message is prepared once for all listeners.
# SPDX-License-Identifier: MIT
import os
import sys

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import protocol, reactor

listeners = set()


class Listener(WebSocketServerProtocol):
    def onOpen(self):
        listeners.add(self)

    def onClose(self, was_clean, code, reason):
        listeners.discard(self)


class Feed(protocol.Protocol):
    def dataReceived(self, line):
        count, size = map(int, line.split())
        message = factory.prepareMessage(b"x" * size)
        for listener in listeners:
            for _ in range(count):
                listener.sendPreparedMessage(message)

    def connectionLost(self, reason):
        os._exit(0)


factory = WebSocketServerFactory()
factory.protocol = Listener
port = reactor.listenTCP(0, factory, backlog=4096, interface="127.0.0.1")
print(port.getHost().port, flush=True)
protocol.ClientCreator(reactor, Feed).connectTCP("127.0.0.1", int(sys.argv[1]))
reactor.run()
