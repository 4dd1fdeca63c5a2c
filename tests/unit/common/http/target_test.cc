#include "common/http/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mercaptan::http {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(Target, splits_and_decodes) {
    const auto target = parse_target("/a/%E7%87%83%2F+/?zone=%E4%B8%9C+1%2B&open&&x==");
    ASSERT_TRUE(target);
    EXPECT_EQ(target->path, "/a/%E7%87%83%2F+/");
    EXPECT_THAT(target->segments, ElementsAre("a", "燃/+", ""));
    EXPECT_THAT(target->query,
                ElementsAre(Pair("open", ""), Pair("x", "="), Pair("zone", "东 1+")));
}

TEST(Target, takes_the_absolute_form) {
    EXPECT_EQ(parse_target("http://host:80/a?b=c")->path, "/a");
    EXPECT_EQ(parse_target("http://host")->path, "/");
    EXPECT_THAT(parse_target("/")->segments, ElementsAre(""));
    EXPECT_THAT(parse_target("/?")->query, IsEmpty());
}

TEST(Target, refuses) {
    struct Row {
        std::string target, message, field;
    };
    const std::string not_a_path = "the request target must be a path such as /healthz";
    for (const auto& row : {
             Row{"", not_a_path, ""},
             Row{"*", not_a_path, ""},
             Row{"a/b", not_a_path, ""},
             Row{"/a#b", not_a_path, ""},
             Row{"https://host/a", not_a_path, ""},
             Row{"http://host?a=b", not_a_path, ""},
             Row{"/%", "the path has a malformed percent-escape", ""},
             Row{"/%4", "the path has a malformed percent-escape", ""},
             Row{"/%4g", "the path has a malformed percent-escape", ""},
             Row{"/%ff", "the path is not UTF-8", ""},
             Row{"/?a=%zz", "the query value has a malformed percent-escape", "a"},
             Row{"/?a=%C0%80", "the query value is not UTF-8", "a"},
             Row{"/?%=1", "a query key has a malformed percent-escape", ""},
             Row{"/?=1", "a query key is empty", ""},
             Row{"/?a=1&%61=2", "the query key is given twice", "a"},
         }) {
        const auto target = parse_target(row.target);
        ASSERT_FALSE(target) << row.target;
        EXPECT_EQ(target.error().code, ErrorCode::invalid_input);
        EXPECT_EQ(target.error().message, row.message) << row.target;
        EXPECT_EQ(target.error().field, row.field) << row.target;
    }
}

}  // namespace
}  // namespace mercaptan::http
