#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/domain/instant.h"

namespace mercaptan::processor {

struct TracePoint {
    Instant at;  // Event time.
    double value = 0;
    bool operator==(const TracePoint&) const = default;
};

/// How far a value rose in how short a time, decided from event times alone.
///
/// A rise is one reading and a later one, at most `within` after it, that is higher. The readings
/// are kept in event order, so whatever rise they contain is found when the second of the two comes
/// in, whichever that is. At most kPointsMax are kept. If that is not enough for `within`, the
/// lowest and the highest of each thirty-second of it stay, and a rise may take that much longer:
/// that can only make a rise larger, never hide one. Then the oldest go.
class Trace {
public:
    static constexpr std::size_t kPointsMax = 96;

    struct Rise {
        double of = 0;       // The largest that the reading takes part in.
        double present = 0;  // Up to the reading itself.
    };
    /// Adds a reading. Repeating one is harmless.
    Rise add(const TracePoint& point, Duration within);

    [[nodiscard]] const std::vector<TracePoint>& points() const { return points_; }
    static Trace from(std::vector<TracePoint> points);

private:
    void thin(Duration within);
    std::vector<TracePoint> points_;
    bool thinned_ = false;
};

/// What a restart needs to know of one trace.
struct TraceRow {
    std::string condition;  // Its id: the rules may be in another order after a restart.
    std::uint8_t band = 0;
    std::vector<TracePoint> points;
    bool operator==(const TraceRow&) const = default;
};

/// The traces of all devices. A device without one costs nothing.
class TraceTable {
public:
    struct Entry {
        std::uint8_t condition = 0;  // Index in the rules.
        std::uint8_t band = 0;
        Trace trace;
    };
    using Entries = std::vector<Entry>;

    /// Makes an empty one if there is none.
    [[nodiscard]] Trace& at(std::uint32_t device, std::uint8_t condition, std::uint8_t band);
    [[nodiscard]] const Entries& of(std::uint32_t device) const;

    /// The rules have changed: `carried(index)` is a condition's new index, or nullopt if it is
    /// gone and its traces with it.
    template <class Carried>
    void renumber(Carried&& carried) {
        for (const auto& entries : by_device_) {
            if (entries == nullptr) continue;
            std::erase_if(*entries, [&](Entry& entry) {
                const auto index = carried(entry.condition);
                if (index) entry.condition = *index;
                return !index.has_value();
            });
        }
    }

private:
    std::vector<std::unique_ptr<Entries>> by_device_;
};

}  // namespace mercaptan::processor
