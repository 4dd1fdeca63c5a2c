#include "gateway/profiles/decoded.h"

namespace mercaptan::gateway::profiles {

void Decoded::clear() {
    outcome = Outcome::ignored;
    site = {};
    device = {};
    on_alarm_topic = false;
    readings.clear();
    online = false;
    command_id.clear();
    command_done = false;
    detail.clear();
    reason.clear();
    unknown_flags = 0;
}

std::string_view kind_of(const Decoded& decoded, const Reading& reading) {
    if (decoded.outcome == Outcome::online) return decoded.online ? "status" : "offline";
    const StatusSet& status = reading.status;
    if (status.has(Status::self_test)) return "test";
    if (status.has(Status::preheat)) return "warmup";
    if (reading.urgent || status.has(Status::alarm_low) || status.has(Status::alarm_high))
        return "alarm";
    if (status.has(Status::sensor_fault) || status.has(Status::end_of_life)) return "fault";
    return reading.values.empty() ? "status" : "reading";
}

}  // namespace mercaptan::gateway::profiles
