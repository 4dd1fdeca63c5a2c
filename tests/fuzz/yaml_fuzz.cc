// One YAML file that people write: which one, the build says (PARSE is the function that reads it).

#include "common/domain/check.h"
#include "processor/io/calendar_file.h"
#include "processor/io/policy_file.h"
#include "processor/io/roster_file.h"
#include "processor/io/rules_file.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    const auto parsed = processor::PARSE(fuzz::Input{data, size}.rest(), "file.yaml");
    if (parsed) return 0;
    MERCAPTAN_CHECK(parsed.error().code == ErrorCode::invalid_input);
    MERCAPTAN_CHECK(parsed.error().message.starts_with("file.yaml"));
    return 0;
}
