// First line: a request target. Rest: a body. Through everything that reads them before a handler
// acts.

#include <boost/json.hpp>

#include "common/domain/check.h"
#include "common/http/target.h"
#include "processor/api/body.h"
#include "processor/api/query.h"
#include "processor/api/readings.h"
#include "processor/api/reports.h"
#include "tests/fuzz/input.h"
#include "tests/unit/processor/api/fake_backend.h"

namespace mercaptan::fuzz {
namespace {

using processor::api::FakeBackend;

FakeBackend& backend() {
    static FakeBackend& filled = []() -> FakeBackend& {
        static FakeBackend backend;
        backend.put(processor::samples::device());
        backend.put(processor::samples::reading());
        return backend;
    }();
    return filled;
}

http::Request request_of(std::string_view target, std::string_view body) {
    http::Request request;
    if (const auto parsed = http::parse_target(target)) {
        request.path = parsed->path;
        request.query = parsed->query;
        for (const std::string& segment : parsed->segments) MERCAPTAN_CHECK(is_utf8(segment));
    } else {
        MERCAPTAN_CHECK(parsed.error().code == ErrorCode::invalid_input);
    }
    request.params["id"] = "det-0001";
    request.headers["content-type"] = "application/json";
    request.body = body;
    return request;
}

}  // namespace
}  // namespace mercaptan::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace mercaptan;
    fuzz::Input input{data, size};
    const std::string_view target = input.line();
    const http::Request request = fuzz::request_of(target, input.rest());

    static const auto registry =
        processor::api::RegistryOrder{}.of(std::make_shared<const processor::Rulebook>());
    const auto listed = processor::api::list_readings(fuzz::backend(), *registry, request);
    if (!listed) MERCAPTAN_CHECK(!listed.error().message.empty());

    const auto body = processor::api::parse_body(request);
    if (!body) {
        MERCAPTAN_CHECK(body.error().status >= 400 && body.error().status < 500);
        return 0;
    }
    const auto report = processor::api::read_report(*body, fuzz::backend().now());
    if (!report) MERCAPTAN_CHECK(report.error().code == ErrorCode::invalid_input);
    return 0;
}
