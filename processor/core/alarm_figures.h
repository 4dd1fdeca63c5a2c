#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "common/domain/instant.h"
#include "processor/core/service_figures.h"

// How many alarms people got, by ISA-18.2. processor/core/figures.md defines each figure.
namespace mercaptan::processor {

/// A change of an alarm.
struct AlarmMoment {
    Instant at;  // Record time.
    std::string alarm;
    std::string device;
    std::string condition;
    std::uint16_t severity = 0;
    std::uint64_t raised = 0;  // Occurrences that began by it.
    bool active = false;       // After it.
    Instant since;             // When the newest occurrence began.
};

struct AlarmFigures {
    static constexpr Duration kWindow{600'000};
    static constexpr std::uint64_t kFloodAbove = 10;  // A flood begins with more in a window.
    static constexpr std::uint64_t kFloodBelow = 5;   // It ends with fewer.
    static constexpr std::uint64_t kChatter = 3;      // So often within kChatterWithin.
    static constexpr Duration kChatterWithin{60'000};
    static constexpr Duration kStaleAfter{24LL * 3'600'000};
    static constexpr std::size_t kTop = 10;
    static constexpr std::uint16_t kMediumFrom = 500;  // Severity.
    static constexpr std::uint16_t kHighFrom = 800;

    struct Top {
        std::string alarm;
        std::string device;
        std::string condition;
        std::uint64_t raised = 0;
        bool operator==(const Top&) const = default;
    };

    std::uint64_t raised = 0;
    std::uint64_t mean_per_window_hundredths = 0;
    std::uint64_t peak_per_window = 0;
    Share flood;                   // Windows.
    std::uint64_t chattering = 0;  // Alarms.
    std::uint64_t stale = 0;       // Occurrences that stood for longer than a day by the end.
    std::uint64_t low = 0;
    std::uint64_t medium = 0;
    std::uint64_t high = 0;
    std::vector<Top> top;
    std::uint64_t top_raised = 0;
};

/// `facts`: all of the period and behind it up to `as_of`, in order. `standing`: the alarms that
/// are active at `as_of`.
[[nodiscard]] AlarmFigures fold_alarms(std::span<const AlarmMoment> facts,
                                       std::span<const AlarmMoment> standing, const Period& period);

}  // namespace mercaptan::processor
