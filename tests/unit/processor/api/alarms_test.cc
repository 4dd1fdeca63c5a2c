#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

using samples::kAt;

class AlarmsApi : public ApiTest {
protected:
    Alarm alarm(const std::string& id, std::int64_t since_ms, bool active = true) {
        Alarm a = samples::alarm();
        a.id = id;
        a.since = kAt + Duration{since_ms};
        a.active = active;
        return a;
    }
    AlarmCommand action() { return std::get<AlarmCommand>(backend_.last().command.what); }
};

TEST_F(AlarmsApi, ListIsNewestFirstFilteredAndPaged) {
    backend_.put(alarm("A1", 5));
    backend_.put(alarm("A2", 9, /*active=*/false));
    backend_.put(alarm("A3", 1));
    backend_.put(alarm("A4", 5));
    Alarm other = alarm("A5", 7);
    other.acked = true;
    other.zone = "z9";
    other.site = "s9";
    other.device = "d9";
    other.condition = "co.dose";
    backend_.put(other);
    EXPECT_EQ(ids(get("/api/v1/alarms")), "A2 A5 A1 A4 A3");
    EXPECT_EQ(ids(get("/api/v1/alarms?active=true")), "A5 A1 A4 A3");
    EXPECT_EQ(ids(get("/api/v1/alarms?active=false")), "A2");
    for (const char* query :
         {"acked=true", "zone=z9", "site=s9", "device=d9", "condition=co.dose"}) {
        EXPECT_EQ(ids(get("/api/v1/alarms?" + std::string{query})), "A5") << query;
    }
    std::string all;
    std::string cursor;
    for (int page = 0; page < 4; ++page) {
        const auto list = get("/api/v1/alarms?limit=2" + cursor);
        all += ids(list) + '|';
        if (list.at("next_cursor").is_null()) break;
        cursor = "&cursor=" + std::string{list.at("next_cursor").as_string()};
    }
    EXPECT_EQ(all, "A2 A5|A1 A4|A3|");
    expect_problem(ask("GET", "/api/v1/alarms?active=1"), 400, "active");
}

TEST_F(AlarmsApi, APageReadsWhatItShows) {
    for (int i = 0; i < 1000; ++i)
        backend_.put(alarm("A" + std::to_string(i), i, /*active=*/i % 2 == 0));
    std::string cursor;
    for (int page = 0; page < 3; ++page) {
        backend_.reads.count = 0;
        const auto list = get("/api/v1/alarms?limit=10" + cursor);
        EXPECT_EQ(list.at("items").at(0).at("id").as_string(),
                  "A" + std::to_string(999 - 10 * page));
        EXPECT_LE(backend_.reads.count, 21U) << "ten of the order, ten alarms, one to see the end";
        cursor = "&cursor=" + std::string{list.at("next_cursor").as_string()};
    }
    backend_.reads.count = 0;
    EXPECT_EQ(ids(get("/api/v1/alarms?active=true&limit=3")), "A998 A996 A994");
    EXPECT_LE(backend_.reads.count, 13U);
}

TEST_F(AlarmsApi, AnAlarmThatIsRaisedAgainMovesToTheFront) {
    backend_.put(alarm("A1", 5));
    backend_.put(alarm("A2", 6));
    store::Batch batch;
    std::string key;
    alarm_order_key(key, alarm("A1", 5).since, "A1");
    batch.erase(table(StoreTable::alarm_order), key);
    ASSERT_TRUE(backend_.rows.write(batch, store::Sync::yes));
    backend_.put(alarm("A1", 7));
    EXPECT_EQ(ids(get("/api/v1/alarms")), "A1 A2");
}

TEST_F(AlarmsApi, OneAlarm) {
    backend_.put(alarm("A1", 0));
    EXPECT_EQ(get("/api/v1/alarms/A1").at("severity").as_int64(), 900);
    expect_problem(ask("GET", "/api/v1/alarms/A9"), 404);
}

TEST_F(AlarmsApi, EveryActionReachesTheProcessor) {
    const std::pair<const char*, AlarmEvent> rows[] = {
        {"ack", AlarmEvent::ack},
        {"confirm", AlarmEvent::confirm},
        {"reset", AlarmEvent::reset},
        {"shelve", AlarmEvent::shelve},
        {"shelve_once", AlarmEvent::shelve_once},
        {"unshelve", AlarmEvent::unshelve},
        {"suppress", AlarmEvent::suppress},
        {"unsuppress", AlarmEvent::unsuppress},
        {"out_of_service", AlarmEvent::out_of_service},
        {"in_service", AlarmEvent::in_service},
    };
    CommandOutcome outcome;
    outcome.reply.alarm_id = "A1";
    render_alarm(outcome.alarm_json, alarm("A1", 0), kAt);
    backend_.answer(outcome);
    for (const auto& [name, event] : rows) {
        const auto response = ask("POST", "/api/v1/alarms/A1/" + std::string{name},
                                  R"({"actor":"li","note":"看过"})");
        EXPECT_EQ(response.status, 200) << response.body;
        EXPECT_EQ(parse(response.body).at("id").as_string(), "A1");
        EXPECT_EQ(action().event, event);
        EXPECT_EQ(action().alarm_id, "A1");
        EXPECT_EQ(action().note, "看过");
        EXPECT_EQ(backend_.last().command.actor, "li");
    }
}

TEST_F(AlarmsApi, ShelvingEnds) {
    CommandOutcome outcome;
    outcome.alarm_json = "{}";
    backend_.answer(outcome);
    (void)ask("POST", "/api/v1/alarms/A1/shelve");
    EXPECT_EQ(action().until, std::nullopt) << "the rules know how long";
    EXPECT_EQ(backend_.last().command.actor, "anonymous");
    (void)ask("POST", "/api/v1/alarms/A1/shelve", R"({"until":"2026-11-21T10:00:00Z"})");
    EXPECT_EQ(action().until, parse_rfc3339("2026-11-21T10:00:00Z").value());
    expect_problem(ask("POST", "/api/v1/alarms/A1/shelve", R"({"until":"2026-11-21T08:00:00Z"})"),
                   400, "until");
    expect_problem(ask("POST", "/api/v1/alarms/A1/ack", R"({"until":"2026-11-21T10:00:00Z"})"), 400,
                   "until");
}

TEST_F(AlarmsApi, RefusalNamesWhatWouldBeTaken) {
    CommandOutcome outcome;
    outcome.reply.error = Error{ErrorCode::conflict, "is acknowledged already"};
    outcome.reply.allowed = {"confirm"};
    backend_.answer(outcome);
    const auto response = ask("POST", "/api/v1/alarms/A1/ack", R"({"actor":"li"})");
    expect_problem(response, 409);
    EXPECT_EQ(parse(response.body).at("allowed").at(0).as_string(), "confirm");
}

}  // namespace
}  // namespace mercaptan::processor::api
