"""The sockets of a benchmark's stations: thousands in one process, served by one loop over epoll."""

import collections
import errno
import json
import select
import socket
import struct
import time

from frames import pong_frame, text_frame, upgrade

#: A closed socket leaves nothing behind, so that its port is free again at once.
_NO_LINGER = struct.pack("ii", 1, 0)
#: Who is refused or cut off while it connects tries again after this.
_RETRY_S = 1.0
#: Sockets opened, or messages sent, before the answers so far are looked at.
_STRIDE = 64
_PATIENCE_S = 180.0
#: Where `Accepted` would promise messages that never come.
_OTHER_ANSWERS = {"GetBaseReport": "NotSupported"}
clock = time.perf_counter


class Station:
    """`n` counts its messages; `ref` is its transaction; `heard` takes the next answer."""

    __slots__ = ("due", "heard", "n", "name", "opening", "ref", "socket", "tail", "waiting")

    def __init__(self, name):
        self.name = name
        self.n = 0
        self.ref = None
        self.socket = None
        self.opening = False
        self.tail = b""
        self.heard = None
        #: When the message on its way was due, and those that wait behind it.
        self.due = 0.0
        self.waiting = collections.deque()


class Fleet:
    """All stations of this process."""

    def __init__(self, address, version, prefix, count, password):
        self.address = address
        self.version = version
        self.password = password
        #: Whether the server's CALLs are answered.
        self.answers = not prefix.endswith("mute-")
        self.stations = [Station(f"{prefix}{n}".encode()) for n in range(count)]
        #: Told of each station whose socket is open.
        self.opened = self.done
        self.took = []
        self.refused = 0
        self.lost = 0
        self.cpu_s = 0.0
        self._began = 0.0
        self._poll = select.epoll()
        self._by_fd = {}
        self._retries = collections.deque()

    def turn(self, timeout):
        """Serve what is ready, and wait at most `timeout` seconds for it."""
        by_fd = self._by_fd
        for fd, event in self._poll.poll(timeout):
            station = by_fd.get(fd)
            if station is None:
                continue
            if event & select.EPOLLOUT:
                self._poll.modify(fd, select.EPOLLIN)
                self._send(station, upgrade(station.name.decode(), self.version, self.password))
                continue
            try:
                data = station.socket.recv(65536)
            except OSError:
                data = b""
            if data:
                self._take(station, data)
            else:
                self._broken(station)
        while self._retries and self._retries[0][0] <= clock():
            self.open(self._retries.popleft()[1])

    def each(self, begin):
        """Have all stations do something at once, and wait until each is done."""
        self.took, self.refused, self.lost = [], 0, 0
        self._began, cpu = clock(), time.process_time()
        for n, station in enumerate(self.stations, 1):
            begin(station)
            if n % _STRIDE == 0:
                self.turn(0)
        while len(self.took) < len(self.stations):
            self.turn(0.1)
            if clock() - self._began > _PATIENCE_S:
                left = len(self.stations) - len(self.took)
                raise RuntimeError(f"{left} stations did not get through")
        self.cpu_s = time.process_time() - cpu

    def done(self, station):
        """The station has done what `each` asked of it."""
        station.heard = None
        self.took.append(clock() - self._began)

    def open(self, station):
        station.tail, station.opening = b"", True
        station.socket = made = socket.socket()
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._by_fd[made.fileno()] = station
        if made.connect_ex(self.address) not in (0, errno.EINPROGRESS):
            self._broken(station)
            return
        self._poll.register(made.fileno(), select.EPOLLOUT)

    def drop(self, station):
        """Without a word, like a station whose network is gone."""
        self._by_fd.pop(station.socket.fileno(), None)
        station.socket.close()
        station.heard = None
        station.waiting.clear()

    def say(self, station, message, heard):
        """Send the next message; its answer goes to `heard`."""
        station.n += 1
        station.heard = heard
        self._send(station, text_frame(message(station)))

    def _send(self, station, data):
        try:
            station.socket.send(data)
        except OSError:
            self._broken(station)

    def _broken(self, station):
        self.drop(station)
        if not station.opening:
            self.lost += 1
            return
        self.refused += 1
        self._retries.append((clock() + _RETRY_S, station))

    def _take(self, station, data):
        """Cut what came into frames. A server sends them unmasked."""
        if station.tail:
            data = station.tail + data
            station.tail = b""
        if station.opening:
            data = self._after_upgrade(station, data)
        while len(data) >= 2:
            length, at = data[1] & 127, 2
            if length == 126:
                length, at = int.from_bytes(data[2:4], "big"), 4
            if len(data) < at + length:
                break
            opcode, payload, data = data[0] & 15, data[at : at + length], data[at + length :]
            if opcode == 1:
                self._hear(station, payload)
            elif opcode == 9:
                self._send(station, pong_frame(payload))
            elif opcode == 8:
                self._broken(station)
                return
        if data:
            station.tail = data

    def _after_upgrade(self, station, data):
        """What came behind the answer to the upgrade."""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            station.tail = head
            return b""
        if not head.startswith(b"HTTP/1.1 101"):
            self._broken(station)
            return b""
        station.opening = False
        self.opened(station)
        return rest

    def _hear(self, station, payload):
        if payload.startswith(b"[3"):
            station.heard(station, payload)
        elif not payload.startswith(b"[2"):
            raise RuntimeError(f"{station.name.decode()} was told {payload.decode()}")
        elif self.answers:
            _, call_id, action, _ = json.loads(payload)
            answer = {"status": _OTHER_ANSWERS.get(action, "Accepted")}
            self._send(station, text_frame(json.dumps([3, call_id, answer]).encode()))
