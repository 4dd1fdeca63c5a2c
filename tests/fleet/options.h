#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/domain/result.h"

namespace mercaptan::fleet {

using Millis = std::chrono::milliseconds;

enum class LeakKind : std::uint8_t {
    slow,    // Rises over minutes in one detector.
    sudden,  // There at once.
    rooms,   // Spreads through three detectors of one site.
    main,    // A main breaks: many sites of one zone, and their pressure falls.
};

struct LeakSpec {
    Millis at{0};
    LeakKind kind = LeakKind::sudden;
    std::string site;  // Empty: any site with enough detectors (for `main`: any zone).
    std::string zone;  // Only for `main`.
    double peak_lel_pct = 60;
    Millis over{0};          // From nothing to the peak; 0: the kind's own.
    std::size_t sites = 10;  // How many a broken main reaches at most.
};

/// What the command line asks for. Fractions are of messages (or of devices where it says so).
struct Options {
    std::string host = "127.0.0.1";
    std::string port = "1883";
    std::string username;
    std::string password_file;
    std::string registry;
    std::string write_registry;
    std::string manifest;
    std::string scenario;
    std::string id_prefix;
    std::string client_id = "fleet";
    std::size_t devices = 1000;
    std::size_t sites = 0;  // 0: a fifth of the devices.
    std::size_t zones = 4;
    std::size_t connections = 4;
    std::size_t window = 64;
    double rate_per_s = -1;  // 0: as fast as the windows allow; negative: devices / interval.
    double interval_s = 60;
    double duration_s = 60;
    std::uint64_t count = 0;  // 0: no limit but the duration.
    double drain_s = 30;
    double speed = 1;        // How many times faster than real the day of the meters passes.
    double start_hour = 17;  // Hour of that day at the start.
    std::uint64_t seed = 1;
    std::vector<LeakSpec> leaks;
    std::size_t random_leaks = 0;
    double random_leaks_within_s = 0;  // 0: most of the duration.
    double leak_interval_s = 1;        // A leaking detector reports this often.
    bool leak_on_telemetry = false;
    bool leak_once = false;  // A leaking detector reports its first alarm and no more.
    bool certain = false;
    double certain_interval_s = 1;
    double drop = 0;
    double duplicate = 0;
    double late = 0;
    double late_by_s = 10;
    double skew = 0;  // Of devices.
    double skew_by_s = 120;
    double dropout = 0;  // Of devices.
    double dropout_for_s = 10;
    double valve_delay_s = 0.02;
    bool valves_fail = false;
    bool no_online = false;
    std::int64_t expected_interval_s = 0;  // In a written registry; 0: the true interval.
    bool quiet = false;
    bool registry_only = false;
};

/// `500ms`, `3s`, `2m`, `1h`.
[[nodiscard]] Result<Millis> parse_span(std::string_view text);

/// `at=5s,kind=sudden,site=s00001,peak=60,over=30s`; see the README.
[[nodiscard]] Result<LeakSpec> parse_leak(std::string_view text);

/// Leaks of a scenario file: YAML (or JSON) `leaks: [{at: 5s, kind: main, zone: zone-1}]`.
[[nodiscard]] Result<std::vector<LeakSpec>> read_scenario(const std::string& path);

/// Reads the command line. An empty result means that help or an error was printed and the program
/// ends with `*exit_code`.
[[nodiscard]] std::optional<Options> parse_command_line(int argc, char** argv, int* exit_code);

}  // namespace mercaptan::fleet
