#include "processor/io/policy_file.h"
#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

using testing::HasSubstr;

std::string policy_text(const std::string& within) {
    return "policy: repair.class1\nkind: repair\nclass: 1\nclocks:\n"
           "- {name: depart, from: raised, until: departed, within: " +
           within + "}\n";
}

class PoliciesApi : public ApiTest {
protected:
    void SetUp() override {
        auto book = std::make_shared<Rulebook>();
        book->policies.push_back(
            std::make_shared<const Policy>(parse_policy(policy_text("30m"), "p").value()));
        Ticket ticket = samples::ticket();
        ticket.policy_version = book->policies[0]->version;
        ticket.calendar_version = "";
        ticket.state = RepairState::dispatched;
        ticket.closed_at.reset();
        ticket.clocks = {{.name = "depart",
                          .started_at = samples::kAt,
                          .due_at = samples::kAt + std::chrono::minutes{30},
                          .ended_at = {},
                          .counted_from = samples::kAt,
                          .within = {Span::Unit::exact, 1'800'000}}};
        backend_.rules = book;
        backend_.put(ticket);
        ApiTest::SetUp();
    }
    http::ClientResponse dry_run(const boost::json::object& body) {
        return ask("POST", "/api/v1/policies/dry-run", boost::json::serialize(body));
    }
};

TEST_F(PoliciesApi, ADryRunShowsOldAndNewDeadlines) {
    const auto response =
        dry_run({{"policies", boost::json::object{{"one.yaml", policy_text("2h")}}}});
    ASSERT_EQ(response.status, 200) << response.body;
    const auto answer = parse(response.body);
    EXPECT_EQ(answer.at("open_tickets"), 1);
    const auto& ticket = answer.at("items").at(0);
    EXPECT_EQ(ticket.at("ticket_id").as_string(), samples::ticket().id);
    EXPECT_TRUE(ticket.at("obstacle").is_null());
    const auto& clock = ticket.at("clocks").at(0);
    EXPECT_EQ(clock.at("name"), "depart");
    EXPECT_EQ(clock.at("old_due_at").as_string(),
              to_rfc3339(samples::kAt + std::chrono::minutes{30}));
    EXPECT_EQ(clock.at("new_due_at").as_string(), to_rfc3339(samples::kAt + std::chrono::hours{2}));
    EXPECT_EQ(clock.at("verdict"), "running");
}

TEST_F(PoliciesApi, WithoutFilesItComparesWithWhatIsInForce) {
    EXPECT_EQ(parse(dry_run({}).body).at("items").as_array().size(), 0U);
}

TEST_F(PoliciesApi, FaultyFilesAreRefusedWithTheirPlace) {
    const auto response =
        dry_run({{"policies", boost::json::object{{"one.yaml", policy_text("soon")}}}});
    EXPECT_EQ(response.status, 400);
    EXPECT_THAT(response.body, HasSubstr("one.yaml:5:57: clocks.0.within"));
    expect_problem(dry_run({{"policies", boost::json::object{{"a", 1}}}}), 400, "policies.a");
    expect_problem(dry_run({{"policies", boost::json::object{}}}), 400, "policies");
    expect_problem(dry_run({{"policy", "x"}}), 400, "policy");
}

TEST_F(PoliciesApi, AFolderMayBeLargerThanOtherBodies) {
    const std::string remark = "# " + std::string(kBodyBytesMax, 'x') + "\n";
    EXPECT_EQ(dry_run({{"policies", boost::json::object{{"one.yaml", remark + policy_text("2h")}}}})
                  .status,
              200);
}

}  // namespace
}  // namespace mercaptan::processor::api
