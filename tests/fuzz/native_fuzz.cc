// First line: the topic. Rest: the payload.

#include <cmath>

#include "common/domain/check.h"
#include "gateway/profiles/native.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    using gateway::profiles::Outcome;
    static gateway::profiles::NativeProfile
        profile;  // State of one message must not reach the next.
    static gateway::profiles::Decoded decoded;
    fuzz::Input input{data, size};
    const std::string_view topic = input.line();
    profile.decode(topic, input.rest(), decoded);

    const bool needs_reason =
        decoded.outcome == Outcome::rejected || decoded.outcome == Outcome::ignored;
    MERCAPTAN_CHECK(decoded.reason.empty() != needs_reason);
    MERCAPTAN_CHECK(decoded.outcome != Outcome::readings || decoded.readings.size() == 1);
    MERCAPTAN_CHECK(decoded.outcome != Outcome::readings || is_name(decoded.site));
    for (const Reading& reading : decoded.readings) {
        MERCAPTAN_CHECK(reading.site == decoded.site && reading.device == decoded.device);
        reading.values.for_each(
            [](Quantity, double number) { MERCAPTAN_CHECK(std::isfinite(number)); });
    }
    // What could be an alarm must never be taken for bulk.
    if (decoded.on_alarm_topic)
        MERCAPTAN_CHECK(gateway::profiles::NativeProfile::route(topic) ==
                        gateway::profiles::NativeProfile::Route::emergency);
    return 0;
}
