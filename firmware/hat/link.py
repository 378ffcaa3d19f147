"""The HAT's end of the serial link: frames in, answers remembered, events resent until acked, audio past everything.

``receive`` decodes what the UART holds; audio frames go to ``on_audio`` straight from the receive buffer, everything
else to ``on_frame(kind, port, seq, payload)``. Frames for the Pi are queued as bytes (``send``) and leave in
``flush`` as fast as the UART takes them; an audio block that finds the UART stuck (RTS) is dropped and counted,
control frames wait. Bounded all round. ``LogFrames`` is what the program's log messages leave by.
"""

import struct

from . import logging
from . import protocol as p
from .cobs import CRC_TABLE, MAX_WIRE, Receiver, frame, stuff, stuffing

CHUNK = 1024  # bytes read at a time
ANSWERS = 64  # answers kept for resent commands
EVENTS = 64  # events kept for a host that does not ack; the oldest goes first
QUEUE = 96  # frames waiting for the UART; the oldest goes first
LOG_MAX = 200  # bytes of text
LOGS_A_SECOND = 5
AUDIO_HEAD = p.HEADER_SIZE + 6  # bytes of AUDIO_UP in front of the samples: flags, fill, missing_ts


class Link:
    """``uart`` has any, readinto, write(buffer, n) as machine.UART; ``stamp()`` gives the present time stamp."""

    def __init__(self, uart, stamp, on_frame, on_audio):
        self._uart = uart
        self._stamp = stamp
        self._on_frame = on_frame
        self._on_audio = on_audio
        self._receiver = Receiver()
        self._chunk = bytearray(CHUNK)
        self._head = bytearray(AUDIO_HEAD)
        self._wire = bytearray(MAX_WIRE)
        self._samples = bytearray(640)
        self._queue = []
        self._audio_seq = 0
        self._info_seq = 0
        self._answers = {}
        self._answer_order = []
        self._events = []  # [sequence, port, payload, ms of the next sending]
        self._event_seq = 0
        self._logs = LOGS_A_SECOND
        self.frames_in = 0
        self.events_lost = 0
        self.audio_dropped = 0
        self.ticked = False

    @property
    def bad_frames(self):
        return self._receiver.bad

    # In

    def receive(self):
        """Takes in everything the UART holds. Audio alone costs no allocation."""
        self.ticked = True
        receiver = self._receiver
        while True:
            n = self._uart.any()  # asked for more than is there, the UART would wait for each byte on its way
            if not n:
                return
            n = self._uart.readinto(self._chunk, min(n, CHUNK))
            if not n:
                return
            more = receiver.feed(self._chunk, n)
            while more:
                self.frames_in += 1
                if receiver.frame[0] == p.AUDIO_DOWN:
                    self._on_audio(receiver.frame, receiver.length)
                else:
                    self._dispatch(bytes(receiver.frame[: receiver.length - 2]))
                more = receiver.more()

    def _dispatch(self, data):
        kind, port, seq, _ = struct.unpack(p.HEADER, data[: p.HEADER_SIZE])
        try:
            self._on_frame(kind, port, seq, data[p.HEADER_SIZE :])
        except p.ProtocolError:
            receiver = self._receiver
            receiver.bad += 1

    # Out

    def send(self, kind, port, seq, payload):
        """Queues a frame; returns its bytes."""
        data = frame(kind, port, seq, self._stamp(), payload)
        self.send_bytes(data)
        return data

    def send_bytes(self, data):
        """Queues a frame that is made already."""
        if len(self._queue) >= QUEUE:
            self._queue.pop(0)
        self._queue.append(data)

    def flush(self):
        """Writes what waits, as far as the UART takes it. True when nothing waits any more."""
        while self._queue:
            data = self._queue[0]
            written = self._uart.write(data) or 0
            if written < len(data):
                self._queue[0] = data[written:]
                return False
            self._queue.pop(0)
        return True

    def audio_up(self, block, mask, flags, fill, missing, samples):
        """Sends block ``block`` of the ports in ``mask``; ``missing``: the block whose answer did not come, or -1."""
        if self._queue and not self.flush():
            self.audio_dropped += 1
            return
        head = self._head
        self._audio_seq = (self._audio_seq + 1) & 0xFFFF
        head[0] = p.AUDIO_UP
        head[1] = mask
        head[2] = self._audio_seq & 0xFF
        head[3] = self._audio_seq >> 8
        stuffing.put_ts(head, 4, block, 0)
        head[8] = flags
        head[9] = fill
        stuffing.put_ts(head, 10, missing if missing >= 0 else 0, 0)
        if mask == 15:
            body = samples
            n = 640
        else:
            body = self._samples
            n = stuffing.gather(samples, p.BLOCK, mask, body)
        size = stuff(CRC_TABLE, head, AUDIO_HEAD, body, n, self._wire)
        written = self._uart.write(self._wire, size) or 0
        if written < size:
            self.audio_dropped += 1

    def log(self, level, text):
        """A LOG frame; ``level`` as the protocol counts it. At most LOGS_A_SECOND; the rest is dropped."""
        if self._logs > 0:
            self._logs -= 1
            self.inform(p.LOG, p.pack(p.LOG, level, text.encode()[:LOG_MAX]))

    def inform(self, kind, payload, port=p.NO_PORT):
        """A frame nobody answers: STATUS, LOG, SELFTEST results."""
        self._info_seq = (self._info_seq + 1) & 0xFFFF
        self.send(kind, port, self._info_seq, payload)

    def second(self):
        """Once a second: the log may speak again."""
        self._logs = LOGS_A_SECOND

    # Answers

    def answered(self, kind, seq):
        """The bytes that answered this request before, or None."""
        return self._answers.get((kind, seq))

    def remember(self, kind, seq, data):
        self._answers[kind, seq] = data
        self._answer_order.append((kind, seq))
        if len(self._answer_order) > ANSWERS:
            self._answers.pop(self._answer_order.pop(0), None)

    # Events

    def restart(self):
        """A new session: answers are void, events count from 0; what the old one missed is history."""
        self._answers.clear()
        self._answer_order.clear()
        self._events.clear()
        self._event_seq = 0

    def event(self, port, payload):
        """Queues an event until it is acked."""
        if len(self._events) >= EVENTS:
            self._events.pop(0)
            self.events_lost += 1
        self._events.append([self._event_seq, port, payload, 0])
        self._event_seq = (self._event_seq + 1) & 0xFFFF

    def acked(self, seq):
        for i in range(len(self._events)):
            if self._events[i][0] == seq:
                self._events.pop(i)
                return

    @property
    def events_waiting(self):
        return len(self._events)

    def send_events(self, now):
        """Sends the events that are due at ``now`` (ms)."""
        for waiting in self._events:
            if waiting[3] <= now:
                waiting[3] = now + p.RESEND_MS
                self.send(p.EVENT, waiting[1], waiting[0], waiting[2])


class LogFrames(logging.Handler):
    """Sends each record as a LOG frame of ``link``."""

    def __init__(self, link):
        super().__init__()
        self._link = link

    def emit(self, record):
        self._link.log(max(p.LOG_DEBUG, min(p.LOG_ERROR, record.levelno // 10 - 1)), self.format(record))
