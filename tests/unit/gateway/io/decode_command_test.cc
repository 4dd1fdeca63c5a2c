#include "gateway/io/decode_command.h"

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "gateway/io/encoding.h"
#include "gateway/profiles/native.h"

namespace mercaptan::gateway {
namespace {

std::string decode(const std::string& lines) {
    profiles::ProfileSet profiles;
    profiles.add(std::make_unique<profiles::NativeProfile>());
    std::istringstream in{lines};
    std::ostringstream out;
    run_decode(in, out, profiles, Registry{}, SetPoints{});
    return out.str();
}

struct Row {
    const char* line;
    const char* answer;
};

TEST(DecodeCommand, AnswersEachLine) {
    const Row rows[] = {
        {R"({"id":"1","topic":"gas/v1/s1/d1/telemetry","payload":"{\"ts\":1795248000123,\"ch4_lel_pct\":3.5,\"status\":[\"tamper\"]}","encoding":"utf8"})",
         R"({"id":"1","outcome":"readings","reason":"","profile":"native","readings":[{"device_id":"d1","site":"s1","kind":"reading","time":"2026-11-21T08:00:00.123Z","values":{"ch4_lel_pct":3.5},"status":["tamper"]}]})"},
        {R"({"id":"2","topic":"gas/v1/s1/d1/telemetry","payload":"eyJjaDRfbGVsX3BjdCI6MjV9","encoding":"base64"})",
         R"({"id":"2","outcome":"readings","reason":"","profile":"native","readings":[{"device_id":"d1","site":"s1","kind":"alarm","time":null,"values":{"ch4_lel_pct":25},"status":[]}]})"},
        {R"({"id":"3","topic":"gas/v1/s1/d1/online","payload":"30","encoding":"hex"})",
         R"({"id":"3","outcome":"readings","reason":"","profile":"native","readings":[{"device_id":"d1","site":"s1","kind":"offline","time":null,"values":{},"status":[]}]})"},
        {R"({"id":"4","topic":"gas/v1/s1/d1/telemetry","payload":"[]","encoding":"utf8"})",
         R"({"id":"4","outcome":"rejected","reason":"the payload is not a JSON object","profile":"native","readings":[]})"},
        {R"({"id":"5","topic":"any/topic","payload":"{}","encoding":"utf8"})",
         R"({"id":"5","outcome":"rejected","reason":"no profile matches the topic","profile":"none","readings":[]})"},
        {R"({"id":"6","topic":"t","payload":"x","encoding":"base64"})",
         R"({"id":"6","outcome":"rejected","reason":"payload: expected utf8, base64 or hex as encoding says","profile":"none","readings":[]})"},
        {"nonsense",
         R"({"id":"","outcome":"rejected","reason":"the line is not well-formed JSON","profile":"none","readings":[]})"},
        {R"({"id":"8","topic":"gas/v1/s1/d1/command","payload":"{}"})",
         R"({"id":"8","outcome":"ignored","reason":"a message to the device","profile":"native","readings":[]})"},
        {R"({"id":"9","topic":"gas/v1/s1/d1/telemetry","payload":"{\"ts\":1e300}"})",
         R"({"id":"9","outcome":"readings","reason":"","profile":"native","readings":[{"device_id":"d1","site":"s1","kind":"status","time":"9999-12-31T23:59:59.999Z","values":{},"status":[]}]})"},
    };
    for (const Row& row : rows)
        EXPECT_EQ(decode(std::string{row.line} + "\n"), std::string{row.answer} + "\n");
}

TEST(Encoding, RoundTripsEveryLength) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
        bytes.push_back(static_cast<char>(i * 37));
    }
    EXPECT_EQ(to_base64("fo"), "Zm8=");
    EXPECT_EQ(from_hex("00fFa0"), (std::string{"\x00\xff\xa0", 3}));
    EXPECT_FALSE(from_hex("0"));
    EXPECT_FALSE(from_hex("zz"));
    EXPECT_FALSE(from_base64("abc"));
    EXPECT_FALSE(from_base64("ab!="));
}

}  // namespace
}  // namespace mercaptan::gateway
