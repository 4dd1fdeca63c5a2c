// The device registry, as CSV.

#include "common/config/registry.h"
#include "common/domain/check.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    const auto parsed = config::parse_registry(fuzz::Input{data, size}.rest(), "registry.csv");
    if (!parsed) {
        MERCAPTAN_CHECK(parsed.error().code == ErrorCode::invalid_input);
        MERCAPTAN_CHECK(parsed.error().message.starts_with("registry.csv:"));
        return 0;
    }
    for (std::size_t i = 0; i < parsed->size(); ++i)
        MERCAPTAN_CHECK(is_name(parsed->device_id(i)) && is_name(parsed->site(i)));
    return 0;
}
