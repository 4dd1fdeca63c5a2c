// The part of a connection that turns a request into a stream of events.
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <string_view>
#include <utility>

#include "common/http/connection.h"
#include "common/http/sse.h"
#include "common/http/wire.h"

namespace mercaptan::http {

namespace {

namespace asio = boost::asio;

class StreamHandle final : public EventStream {
public:
    explicit StreamHandle(std::shared_ptr<StreamChannel> channel) : channel_(std::move(channel)) {}
    StreamHandle(const StreamHandle&) = delete;
    StreamHandle& operator=(const StreamHandle&) = delete;
    ~StreamHandle() override { channel_->finish(); }

    bool send(std::string_view id, std::string_view event, std::string_view data) override {
        return channel_->put(format_event(id, event, data));
    }
    bool open() const override { return channel_->open(); }
    void close() override { channel_->finish(); }
    void reject(Response response) override { channel_->reject(std::move(response)); }

private:
    const std::shared_ptr<StreamChannel> channel_;
};

}  // namespace

void Connection::call(const StreamHandler& handler, const Request& request) {
    if (head_only_) return answer(serial_, {.content_type = "text/event-stream"});
    if (core_->streams_open >= core_->options.streams_max) {
        core_->streams_refused++;
        return answer(serial_,
                      problem(503, reason_of(503), "too many event streams; try again later"));
    }
    auto wake = [core = core_, connection = weak_from_this()] {
        asio::post(core->io, [connection] {
            if (const auto alive = connection.lock()) alive->on_stream_wake();
        });
    };
    auto channel =
        std::make_shared<StreamChannel>(core_->options.stream_buffer_max_bytes, std::move(wake));
    const auto stream = std::make_shared<StreamHandle>(channel);
    try {
        handler(request, stream);
    } catch (...) {
        stream->reject(problem(500, reason_of(500), "the server could not do this"));
    }
    if (auto rejection = channel->begin()) return answer(serial_, std::move(*rejection));
    start_stream(std::move(channel));
}

void Connection::start_stream(std::shared_ptr<StreamChannel> channel) {
    channel_ = std::move(channel);
    core_->streams_open++;
    core_->responses.at(1)++;
    keep_alive_ = false;
    deadline_.cancel();
    phase_ = Phase::streaming;
    head_ = stream_head(std::chrono::system_clock::now());
    body_ = std::move(head_);
    watch_stream();
    beat();
    write_stream_bytes();
}

// Nothing is expected from the client but its end.
void Connection::watch_stream() {
    socket_.async_read_some(asio::buffer(discarded_),
                            [self = shared_from_this()](SystemError ec, std::size_t) {
                                if (self->phase_ != Phase::streaming) return;
                                if (ec) return self->close();
                                self->watch_stream();
                            });
}

void Connection::beat() {
    heartbeat_.expires_after(core_->options.heartbeat_every);
    heartbeat_.async_wait([self = shared_from_this()](SystemError ec) {
        if (ec || self->phase_ != Phase::streaming) return;
        self->channel_->put(kHeartbeat);
        self->beat();
    });
}

void Connection::on_stream_wake() {
    if (phase_ != Phase::streaming) return;
    if (channel_->overflowed()) {
        core_->streams_overflowed++;
        return close();
    }
    if (!stream_writing_) write_stream();
}

// The completion of one write starts the next, on an empty stack.
// NOLINTBEGIN(misc-no-recursion)
void Connection::write_stream() {
    if (channel_->take(body_)) return write_stream_bytes();
    if (!channel_->finished()) return;
    heartbeat_.cancel();
    SystemError ignored;
    socket_.cancel(ignored);  // The watching read: lingering has its own.
    linger();
}

void Connection::write_stream_bytes() {
    stream_writing_ = true;
    arm(core_->options.write_timeout);
    asio::async_write(socket_, asio::buffer(body_),
                      [self = shared_from_this()](SystemError ec, std::size_t) {
                          if (self->phase_ != Phase::streaming) return;
                          if (ec) return self->close();
                          self->deadline_.cancel();
                          self->stream_writing_ = false;
                          self->write_stream();
                      });
}

// NOLINTEND(misc-no-recursion)

}  // namespace mercaptan::http
