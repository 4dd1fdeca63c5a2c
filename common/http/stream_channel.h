#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "common/http/message.h"

namespace mercaptan::http {

/// The bounded buffer between those who send events (any thread) and the connection that writes
/// them (the server's thread). Internal to the server.
class StreamChannel {
public:
    /// `wake` makes the connection look here again; it is called from any thread, without the
    /// lock held.
    StreamChannel(std::size_t bytes_max, std::function<void()> wake);

    // The senders' side; see EventStream.
    bool put(std::string_view bytes);
    bool open() const;
    void finish();
    void reject(Response response);

    // The connection's side.

    /// The stream starts now, unless the handler has rejected it.
    std::optional<Response> begin();
    /// Moves what is queued to `out`. Those bytes count against the limit until the next call.
    /// False when nothing is queued: the next `put` will wake.
    bool take(std::string& out);
    /// Nothing more will come: write what is left, then close.
    bool finished() const;
    /// The buffer was full: close at once.
    bool overflowed() const;
    /// The connection is gone.
    void abandon();

private:
    enum class State { open, finished, overflowed, abandoned };

    const std::size_t bytes_max_;
    const std::function<void()> wake_;

    mutable std::mutex mutex_;
    State state_ = State::open;
    bool begun_ = false;
    bool awake_ = false;  // The connection will take again without being woken.
    std::string queued_;
    std::size_t writing_bytes_ = 0;
    std::optional<Response> rejection_;
};

}  // namespace mercaptan::http
