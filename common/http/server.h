#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/domain/instant.h"
#include "common/domain/result.h"
#include "common/http/message.h"

namespace mercaptan::http {

/// One client of a Server-Sent Events route. Thread-safe. Letting go of the last pointer closes
/// the stream.
class EventStream {
public:
    virtual ~EventStream() = default;

    /// Queues one event. `id` and `event` may be empty and lose their line breaks; every line of
    /// `data` becomes its own data line. False when the stream is closed, or when the event would
    /// overflow the client's bounded buffer: then the stream is closed, and the client comes back
    /// with Last-Event-ID.
    virtual bool send(std::string_view id, std::string_view event, std::string_view data) = 0;

    /// False once the client has gone, the stream was closed, or the server stops.
    virtual bool open() const = 0;

    /// Sends what is queued, then closes.
    virtual void close() = 0;

    /// Answers with `response` instead of a stream. Works only within the stream handler and
    /// before any `send`; otherwise it closes the stream.
    virtual void reject(Response response) = 0;
};

/// Runs on the server's thread, must not block. Events sent within the call follow the headers.
/// The request's "last-event-id" header says where the client left off.
using StreamHandler = std::function<void(const Request&, std::shared_ptr<EventStream>)>;

/// Every limit, and the rule when it is reached. Each answer is a problem document.
struct Options {
    std::string listen = "127.0.0.1:0";      // host:port; IPv6 as [::1]:port; port 0 takes any.
    std::size_t header_max_bytes = 16'384;   // Request line too long: 414, else 431.
    std::size_t body_max_bytes = 1'048'576;  // 413
    std::size_t connections_max = 1024;      // 503 and close; counted as refused.
    std::size_t streams_max = 256;           // 503; counted as refused.
    std::size_t stream_buffer_max_bytes = 1'048'576;      // Closes that stream; counted.
    Duration idle_timeout = std::chrono::seconds{60};     // Between requests: close.
    Duration header_timeout = std::chrono::seconds{10};   // From the first byte to the last: 408.
    Duration body_timeout = std::chrono::seconds{30};     // From the header's end: 408.
    Duration answer_timeout = std::chrono::seconds{30};   // Handler has not answered: 503.
    Duration write_timeout = std::chrono::seconds{30};    // Client does not take it: close.
    Duration heartbeat_every = std::chrono::seconds{10};  // A comment on each stream.
    Duration stop_grace = std::chrono::seconds{1};        // Running answers may finish: close.
};

/// Counts since the server was made.
struct Stats {
    std::uint64_t connections_accepted = 0;
    std::uint64_t connections_refused = 0;  // connections_max was reached.
    std::uint64_t connections_open = 0;
    std::uint64_t streams_open = 0;
    std::uint64_t streams_refused = 0;         // streams_max was reached.
    std::uint64_t streams_overflowed = 0;      // Closed because their buffer was full.
    std::array<std::uint64_t, 5> responses{};  // By status class: [0] is 1xx ... [4] is 5xx.
};

/// An HTTP/1.1 server: routes, problem documents for everything it refuses, Server-Sent Events.
///
/// One thread, owned by the server, does all I/O and runs the handlers. Register routes, start,
/// stop; a stopped server is not started again. All but `stats` belong to one owner thread.
class Server {
public:
    explicit Server(Options options);
    ~Server();  // Stops.
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Before `start` only. A pattern is a path whose segments are literal or hold one `{name}`:
    /// `/api/v1/tickets/{id}/history`, `/reports/{name}.csv`. A name stands for one non-empty
    /// segment; the more literal pattern wins. A GET route answers HEAD too.
    void route(std::string method, std::string_view pattern, Handler handler);

    /// Before `start` only. A GET route that answers with a stream of events.
    void stream(std::string_view pattern, StreamHandler handler);

    /// Listens and serves. Fails with invalid_input for a malformed `listen`, with unavailable
    /// for an address that is in use, with io otherwise; the message names the address.
    [[nodiscard]] Result<void> start();

    /// Stops accepting, closes idle connections and streams, lets running answers finish for
    /// `stop_grace`, and joins the thread. Not from a handler. Repeating it is harmless.
    void stop();

    /// The port that `start` bound; 0 before.
    std::uint16_t port() const;

    /// From any thread.
    Stats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace mercaptan::http
