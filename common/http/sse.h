#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace mercaptan::http {

/// One event as it stands on the wire. Line breaks in `id` and `event` are left out; each line of
/// `data` (ended by CR LF, LF or CR) becomes a data line.
[[nodiscard]] std::string format_event(std::string_view id, std::string_view event,
                                       std::string_view data);

/// A comment: keeps proxies from closing a quiet stream, shows us a client that is gone.
inline constexpr std::string_view kHeartbeat = ":\n\n";

/// Reads a stream of events, fed in pieces of any size, as the HTML standard describes it.
class EventParser {
public:
    using OnEvent =
        std::function<bool(std::string_view id, std::string_view event, std::string_view data)>;

    /// An event bigger than this is an error.
    static constexpr std::size_t kEventMaxBytes = 16'777'216;

    enum class State { reading, stopped, too_large };

    /// Calls `on_event` for every event completed by `bytes`, until it returns false.
    State feed(std::string_view bytes, const OnEvent& on_event);

private:
    bool end_line(const OnEvent& on_event);
    void take_field(std::string_view name, std::string_view value);

    std::string line_;
    bool after_cr_ = false;
    bool first_line_ = true;
    std::string id_;
    std::string event_;
    std::string data_;
};

}  // namespace mercaptan::http
