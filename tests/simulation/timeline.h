#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <queue>
#include <sstream>
#include <utility>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::simulation {

/// Virtual time: runs what is due, in order; equal times in the order in which they were asked for.
class Timeline {
public:
    explicit Timeline(Instant start, bool tells = false) : now_{start}, tells_{tells} {}

    /// Prints what happens, for a person who looks for a cause.
    template <class... Parts>
    void tell(const Parts&... parts) const {
        if (!tells_) return;
        std::ostringstream line;
        line << to_rfc3339(now_).substr(11, 12);
        ((line << ' ' << parts), ...);
        std::puts(line.str().c_str());
    }

    [[nodiscard]] Instant now() const { return now_; }

    void at(Instant when, std::function<void()> what) {
        events_.push({std::max(when, now_), next_++, std::move(what)});
    }
    void after(Duration wait, std::function<void()> what) { at(now_ + wait, std::move(what)); }

    /// Runs everything up to `until`, or until `stop` says so after an event.
    void run(Instant until, const std::function<bool()>& stop) {
        while (!events_.empty() && events_.top().when <= until) {
            // The queue gives out no mutable top, and the event goes at once.
            Event event = std::move(const_cast<Event&>(events_.top()));
            events_.pop();
            now_ = event.when;
            event.what();
            ++steps_;
            if (stop()) return;
        }
        now_ = std::max(now_, until);
    }
    [[nodiscard]] std::uint64_t steps() const { return steps_; }

private:
    struct Event {
        Instant when;
        std::uint64_t order;
        std::function<void()> what;
        bool operator<(const Event& other) const {
            return std::pair{other.when, other.order} < std::pair{when, order};
        }
    };
    std::priority_queue<Event> events_;
    Instant now_;
    bool tells_;
    std::uint64_t next_ = 0;
    std::uint64_t steps_ = 0;
};

}  // namespace mercaptan::simulation
