#include <algorithm>
#include <boost/json.hpp>

#include "common/domain/instant.h"
#include "tests/fleet/fleet.h"

namespace mercaptan::fleet {
namespace {

namespace json = boost::json;

constexpr double kUsPerMs = 1000;

json::object percentiles(std::vector<std::uint32_t> samples_us) {
    json::object out{{"count", samples_us.size()}};
    if (samples_us.empty()) return out;
    std::sort(samples_us.begin(), samples_us.end());
    const auto at = [&](double part) {
        const auto index = static_cast<std::size_t>(part * static_cast<double>(samples_us.size()));
        return samples_us[std::min(index, samples_us.size() - 1)] / kUsPerMs;
    };
    out["p50"] = at(0.5);
    out["p99"] = at(0.99);
    out["p999"] = at(0.999);
    out["max"] = samples_us.back() / kUsPerMs;
    return out;
}

json::object describe(const Leak& leak) {
    json::object out{{"id", leak.id},
                     {"kind", to_text(leak.spec.kind)},
                     {"sites", json::value_from(leak.sites)},
                     {"alarms", leak.alarms}};
    if (leak.alarms > 0) {
        out["first_alarm_at"] = to_rfc3339(Instant{leak.first_alarm_ms});
        out["first_alarm_device"] = leak.first_alarm_device;
    }
    return out;
}

}  // namespace

std::string Fleet::summary() const {
    json::array leaks;
    for (const Leak& leak : leaks_) leaks.push_back(describe(leak));
    std::uint64_t reconnects = 0;
    std::uint64_t resent = 0;
    for (const auto& connection : connections_) {
        reconnects += connection->reconnects();
        resent += connection->resent();
    }
    const double elapsed_s = std::chrono::duration<double>{ended_at_ - started_at_}.count();
    const json::object out{
        {"seed", options_.seed},
        {"devices", district_.devices.size()},
        {"sites", district_.sites.size()},
        {"sent", counters_.sent},
        {"acked", counters_.acked},
        {"unacked", counters_.sent - counters_.acked},
        {"elapsed_s", elapsed_s},
        {"rate_per_s", elapsed_s > 0 ? static_cast<double>(counters_.sent) / elapsed_s : 0.0},
        {"duplicates", counters_.duplicates},
        {"late", counters_.late},
        {"dropped", counters_.dropped},
        {"held_back", counters_.held_back},
        {"lag_s_max", counters_.lag_s_max},
        {"alarms", counters_.alarms},
        {"confirmed", counters_.confirmed},
        {"commands", counters_.commands},
        {"valves_closed", counters_.valves_closed},
        {"reconnects", reconnects},
        {"resent", resent},
        {"puback_ms", percentiles(puback_us_)},
        {"leaks", std::move(leaks)}};
    return json::serialize(out);
}

}  // namespace mercaptan::fleet
