#include "common/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/http/target.h"

namespace mercaptan::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

class RouterTest : public testing::Test {
protected:
    void add(const std::string& method, const std::string& pattern) {
        router_.add(method, pattern, Handler{[this, pattern](const Request&, const Respond&) {
                        called_ = pattern;
                    }});
    }
    // The pattern found, or the methods allowed.
    std::string find(const std::string& method, const std::string& path) {
        const auto match = router_.find(method, parse_target(path)->segments);
        params_ = match.params;
        if (match.target == nullptr) return "allow: " + match.allow;
        std::get<Handler> (*match.target)({}, {});
        return called_;
    }

    Router router_;
    std::string called_;
    std::map<std::string, std::string> params_;
};

TEST_F(RouterTest, finds_literals_and_parameters) {
    add("GET", "/");
    add("GET", "/tickets");
    add("GET", "/tickets/{id}");
    add("GET", "/tickets/{id}/history/{version}");
    EXPECT_EQ(find("GET", "/"), "/");
    EXPECT_EQ(find("GET", "/tickets"), "/tickets");
    EXPECT_EQ(find("GET", "/tickets/T%2F1"), "/tickets/{id}");
    EXPECT_THAT(params_, ElementsAre(Pair("id", "T/1")));
    EXPECT_EQ(find("GET", "/tickets/7/history/2"), "/tickets/{id}/history/{version}");
    EXPECT_THAT(params_, ElementsAre(Pair("id", "7"), Pair("version", "2")));
    for (const std::string path : {"/tickets/", "/ticket", "/tickets/7/history", "//tickets"}) {
        EXPECT_EQ(find("GET", path), "allow: ") << path;
    }
}

TEST_F(RouterTest, prefers_the_more_literal_pattern_whatever_the_order) {
    add("GET", "/reports/{name}");
    add("GET", "/reports/{name}.csv");
    add("GET", "/reports/all.csv");
    EXPECT_EQ(find("GET", "/reports/all.csv"), "/reports/all.csv");
    EXPECT_EQ(find("GET", "/reports/kpi.csv"), "/reports/{name}.csv");
    EXPECT_THAT(params_, ElementsAre(Pair("name", "kpi")));
    EXPECT_EQ(find("GET", "/reports/.csv"), "/reports/{name}");
}

TEST_F(RouterTest, tells_which_methods_a_path_has) {
    add("GET", "/tickets/{id}");
    add("POST", "/tickets/{id}");
    add("DELETE", "/tickets/all");
    EXPECT_EQ(find("HEAD", "/tickets/1"), "/tickets/{id}");
    EXPECT_EQ(find("PUT", "/tickets/1"), "allow: GET, HEAD, POST");
    EXPECT_EQ(find("PUT", "/tickets/all"), "allow: DELETE, GET, HEAD, POST");
    EXPECT_EQ(find("PUT", "/elsewhere"), "allow: ");
}

}  // namespace
}  // namespace mercaptan::http
