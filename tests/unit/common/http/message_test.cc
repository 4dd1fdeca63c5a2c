#include "common/http/message.h"

#include <gtest/gtest.h>

#include <string>

namespace mercaptan::http {
namespace {

TEST(Message, problem_document) {
    const auto response = problem(409, "Conflict", "a \"done\" ticket", "event",
                                  {{"allowed", std::vector<std::string>{"accept", "cancel"}},
                                   {"version", 3},
                                   {"retry", false},
                                   {"state", "done"}});
    EXPECT_EQ(response.status, 409);
    EXPECT_EQ(response.content_type, "application/problem+json");
    EXPECT_EQ(
        response.body,
        R"({"type":"about:blank","title":"Conflict","status":409,"detail":"a \"done\" ticket",)"
        R"("field":"event","allowed":["accept","cancel"],"version":3,"retry":false,)"
        R"("state":"done"})");
}

TEST(Message, problem_leaves_out_an_empty_field_and_stays_utf8) {
    EXPECT_EQ(problem(400, "Bad Request", "燃气").body,
              R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"燃气"})");
    EXPECT_EQ(problem(400, "Bad Request", "a\xff!").body,
              R"({"type":"about:blank","title":"Bad Request","status":400,"detail":"a?!"})");
}

TEST(Message, an_error_becomes_a_problem) {
    const auto refused = problem(
        Error{.code = ErrorCode::precondition_failed, .message = "now at 4", .field = "If-Match"});
    EXPECT_EQ(refused.status, 412);
    EXPECT_EQ(refused.body, R"({"type":"about:blank","title":"Precondition Failed","status":412,)"
                            R"("detail":"now at 4","field":"If-Match"})");
    const auto broken = problem(Error{.code = ErrorCode::io, .message = "/var/secret: no space"});
    EXPECT_EQ(broken.status, 500);
    EXPECT_EQ(broken.body.find("secret"), std::string::npos);
}

TEST(Message, text_and_json) {
    EXPECT_EQ(json(201, "{}").content_type, "application/json");
    EXPECT_EQ(json(201, "{}").status, 201);
    EXPECT_EQ(text(200, "ok\n").content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(reason_of(431), "Request Header Fields Too Large");
    EXPECT_EQ(reason_of(555), "Unknown");
}

}  // namespace
}  // namespace mercaptan::http
