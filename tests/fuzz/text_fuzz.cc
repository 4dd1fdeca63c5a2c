// Small texts: times and durations. What can be written must read as the same.

#include "common/config/duration.h"
#include "common/domain/check.h"
#include "common/domain/instant.h"
#include "common/domain/text.h"
#include "gateway/profiles/native.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    const std::string_view text = fuzz::Input{data, size}.rest();
    if (const auto at = parse_rfc3339(text)) {
        MERCAPTAN_CHECK(*at >= kInstantMin && *at <= kInstantMax);
        MERCAPTAN_CHECK(parse_rfc3339(to_rfc3339(*at)) == *at);
    }
    (void)config::parse_span(text);
    (void)gateway::profiles::NativeProfile::route(text);
    if (is_name(text)) MERCAPTAN_CHECK(is_utf8(text) && Name::fits(text));
    return 0;
}
