"""A TCP gate: a proxy on a free port whose link can be cut, healed and delayed."""

import asyncio
import threading


class Gate:
    """Stands between a client and `upstream_port`, both on the loopback.

    cut() is a dead link: connections stay open, nothing passes, and what was sent passes after
    heal(), as TCP would send it again. refuse() closes every connection and each new one at once.
    """

    def __init__(self, upstream_port):
        self._upstream_port = upstream_port
        self._loop = asyncio.new_event_loop()
        self._open = None
        self._refusing = False
        self._delay_s = 0.0
        self._writers = set()
        self.bytes_passed = 0
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        started.wait(5)

    def cut(self):
        self._call(self._open.clear)

    def refuse(self):
        self._refusing = True
        self._call(self._drop_all)

    def heal(self):
        self._refusing = False
        self._call(self._open.set)

    def delay(self, seconds):
        """Every chunk passes this much later."""
        self._delay_s = seconds

    def close(self):
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._call(self._loop.stop)
        self._thread.join(5)

    def _call(self, function):
        self._loop.call_soon_threadsafe(function)

    def _drop_all(self):
        for writer in self._writers:
            writer.close()

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._open = asyncio.Event()
        self._open.set()
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    async def _end(self):
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        self._drop_all()

    async def _serve(self, reader, writer):
        if self._refusing:
            writer.close()
            return
        try:
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        except OSError:
            writer.close()
            return
        self._writers |= {writer, up_writer}
        try:
            await asyncio.gather(self._pump(reader, up_writer), self._pump(up_reader, writer))
        finally:
            self._writers -= {writer, up_writer}

    async def _pump(self, reader, writer):
        try:
            while True:
                chunk = await reader.read(65536)
                await self._open.wait()
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                if not chunk:
                    break
                writer.write(chunk)
                await writer.drain()
                self.bytes_passed += len(chunk)
        except OSError:
            pass
        writer.close()
