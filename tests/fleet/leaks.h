#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/domain/result.h"
#include "tests/fleet/district.h"
#include "tests/fleet/options.h"
#include "tests/fleet/rng.h"

namespace mercaptan::fleet {

/// A leak of the script, with its place settled.
struct Leak {
    std::string id;  // `leak-0001`
    LeakSpec spec;
    std::vector<std::string> sites;
    std::vector<std::uint32_t> devices;  // Detectors in it and pressure sensors that feel it.
    std::int64_t first_alarm_ms = 0;     // When its first message at 20 %LEL or more was sent.
    std::string first_alarm_device;
    std::uint64_t alarms = 0;
};

/// Settles every leak's place, and adds the random ones. No two leaks share a site. Fails when a
/// site is unknown, or there are not enough sites with the detectors a kind needs.
[[nodiscard]] Result<std::vector<Leak>> plan_leaks(const Options& options, const District& district,
                                                   Rng& rng);

/// Gas at the `nth` device of the leak, `elapsed_ms` after it began, in %LEL; 0 before it gets
/// there.
[[nodiscard]] double leak_level(const LeakSpec& spec, std::size_t nth, std::int64_t elapsed_ms);

[[nodiscard]] std::string_view to_text(LeakKind kind);

}  // namespace mercaptan::fleet
