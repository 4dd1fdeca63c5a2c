#include "processor/core/ids.h"
#include "tests/unit/processor/api/api_fixture.h"

namespace mercaptan::processor::api {
namespace {

using samples::kAt;
constexpr std::int64_t kDayMs = 86'400'000;

RegistryEntry entry(const char* id, const char* site, const char* zone = "z1",
                    DeviceKind kind = DeviceKind::leak_detector) {
    RegistryEntry e;
    e.device_id = id;
    e.site = site;
    e.zone = zone;
    e.kind = kind;
    return e;
}

DeviceRow row(const char* id, const char* site, std::int64_t heard_ms = 0) {
    DeviceRow r;
    r.device = id;
    r.site = site;
    r.known_since = kAt;
    r.last_received_at = kAt + Duration{heard_ms};
    return r;
}

class DevicesApi : public ApiTest {
protected:
    void use(DeviceRegistry entries) {
        auto rulebook = std::make_shared<Rulebook>();
        rulebook->registry = std::move(entries);
        Condition condition;
        condition.id = "gas.alarm";
        rulebook->rules.conditions = {condition};
        backend_.rules = rulebook;
    }
    void put_reading(std::int64_t at_ms, std::uint64_t seq, double gas, const char* site = "s1") {
        Reading r = samples::reading();
        r.site = site;
        r.device = "d1";
        r.event_at = kAt + Duration{at_ms};
        r.received_at = *r.event_at + Duration{10};
        r.seq = seq;
        r.values = Values{};
        r.values.set(Quantity::ch4_lel_pct, gas);
        backend_.put(r);
    }
    /// The sequence numbers of all pages.
    std::string walk(const std::string& query) {
        std::string out;
        std::string cursor;
        for (int page = 0; page < 20; ++page) {
            const auto list = get("/api/v1/devices/d1/readings?" + query + cursor);
            for (const auto& item : list.at("items").as_array()) {
                out += std::to_string(item.at("seq").as_int64()) + ' ';
            }
            if (list.at("next_cursor").is_null()) return out;
            out += "| ";
            cursor = "&cursor=" + std::string{list.at("next_cursor").as_string()};
        }
        return out + "never ends";
    }
};

TEST_F(DevicesApi, ListMergesRegistryAndStateInOrder) {
    use({entry("d5", "s1"), entry("d1", "s1"), entry("d3", "s2", "z2", DeviceKind::valve)});
    backend_.put(row("d1", "s1"));
    backend_.put(row("d2", "s1"));
    backend_.put(row("d5", "s7"));  // A stranger under a known name.
    EXPECT_EQ(ids(get("/api/v1/devices")), "d1 d2 d3 d5 d5");
    EXPECT_EQ(ids(get("/api/v1/devices?unregistered=true")), "d2 d5");
    EXPECT_EQ(ids(get("/api/v1/devices?unregistered=false")), "d1 d3 d5");
    EXPECT_EQ(ids(get("/api/v1/devices?kind=valve")), "d3");
    EXPECT_EQ(ids(get("/api/v1/devices?zone=z2")), "d3");
    EXPECT_EQ(ids(get("/api/v1/devices?site=s7")), "d5");
    for (int limit = 1; limit <= 6; ++limit) {
        std::string all;
        std::string cursor;
        for (int page = 0; page < 10; ++page) {
            const auto list = get("/api/v1/devices?limit=" + std::to_string(limit) + cursor);
            all += (all.empty() ? "" : " ") + ids(list);
            if (list.at("next_cursor").is_null()) break;
            cursor = "&cursor=" + std::string{list.at("next_cursor").as_string()};
        }
        EXPECT_EQ(all, "d1 d2 d3 d5 d5") << limit;
    }
    expect_problem(ask("GET", "/api/v1/devices?kind=dog"), 400, "kind");
}

TEST_F(DevicesApi, EmptyAndRegistryOnly) {
    EXPECT_EQ(ids(get("/api/v1/devices")), "");
    use({entry("d1", "s1"), entry("d2", "s1")});
    EXPECT_EQ(ids(get("/api/v1/devices?limit=1")), "d1");
    EXPECT_TRUE(get("/api/v1/devices?limit=2").at("next_cursor").is_null());
}

TEST_F(DevicesApi, OneDeviceWithItsNewestReadingAndAlarms) {
    use({entry("d1", "s1")});
    backend_.put(row("d1", "s1"));
    put_reading(5 * kDayMs, 8, 1.5);
    put_reading(0, 7, 9.5);
    Alarm alarm = samples::alarm();
    alarm.id = alarm_id("s1", "d1", "gas.alarm");
    backend_.put(alarm);
    const auto device = get("/api/v1/devices/d1");
    EXPECT_FALSE(device.at("unregistered").as_bool());
    EXPECT_EQ(device.at("last_reading").at("seq").as_int64(), 8);
    EXPECT_EQ(device.at("last_seq").as_int64(), 8);
    EXPECT_EQ(device.at("last_event_at").as_string(), "2026-11-26T08:00:00.123Z");
    EXPECT_EQ(device.at("alarms").at(0).at("condition").as_string(), "gas.alarm");
    expect_problem(ask("GET", "/api/v1/devices/d9"), 404);
}

TEST_F(DevicesApi, RegisteredOneStandsForItsIdElseTheOneHeardLast) {
    backend_.put(row("d1", "s1", 5));
    backend_.put(row("d1", "s2", 9));
    backend_.put(row("d1", "s3", 7));
    EXPECT_EQ(get("/api/v1/devices/d1").at("site").as_string(), "s2");
    EXPECT_EQ(get("/api/v1/devices/d1?site=s3").at("site").as_string(), "s3");
    use({entry("d1", "s1")});
    EXPECT_EQ(get("/api/v1/devices/d1").at("site").as_string(), "s1");
    expect_problem(ask("GET", "/api/v1/devices/d1?site=s9"), 404);
}

TEST_F(DevicesApi, ReadingsOverDaysInBothDirectionsAndPages) {
    use({entry("d1", "s1")});
    put_reading(-3 * kDayMs, 1, 1);
    put_reading(0, 2, 1);
    put_reading(0, 3, 1);  // Two of one millisecond.
    put_reading(10, 4, 1);
    put_reading(9 * kDayMs, 5, 1);
    put_reading(0, 99, 1, "s2");
    Reading other = samples::reading();
    other.device = "d10";
    other.event_at = kAt + Duration{2 * kDayMs};
    backend_.put(other);
    EXPECT_EQ(walk(""), "1 2 3 4 5 ");
    EXPECT_EQ(walk("order=desc"), "5 4 3 2 1 ");
    // Never spoke there, as far as the devices table knows.
    expect_problem(ask("GET", "/api/v1/devices/d1/readings?site=s2"), 404);
    EXPECT_EQ(walk("limit=2"), "1 2 | 3 4 | 5 ");
    EXPECT_EQ(walk("limit=2&order=desc"), "5 4 | 3 2 | 1 ");
    EXPECT_EQ(walk("limit=1"), "1 | 2 | 3 | 4 | 5 ");
    EXPECT_EQ(walk("from=2026-11-21T08:00:00.123Z&to=2026-11-21T08:00:00.133Z"), "2 3 ");
    EXPECT_EQ(walk("from=1795248000124"), "4 5 ");
    EXPECT_EQ(walk("to=1795248000123&order=desc"), "1 ");
    EXPECT_EQ(walk("from=1795248000123&to=1795248000123"), "");
}

TEST_F(DevicesApi, StepsHaveMeanMinAndMax) {
    use({entry("d1", "s1")});
    const std::int64_t minute = 60'000;
    put_reading(0, 1, 2);
    put_reading(1000, 2, 4);
    put_reading(minute, 3, 7);
    put_reading(kDayMs, 4, 9);
    const auto list = get("/api/v1/devices/d1/readings?step=1m");
    const auto& items = list.at("items").as_array();
    ASSERT_EQ(items.size(), 3U);
    EXPECT_EQ(items[0].at("at").as_string(), "2026-11-21T08:00:00.000Z");
    EXPECT_EQ(items[0].at("count").as_int64(), 2);
    EXPECT_EQ(items[0].at("values").at("ch4_lel_pct").to_number<double>(), 3);
    EXPECT_EQ(items[0].at("min").at("ch4_lel_pct").to_number<double>(), 2);
    EXPECT_EQ(items[0].at("max").at("ch4_lel_pct").to_number<double>(), 4);
    EXPECT_EQ(items[2].at("at").as_string(), "2026-11-22T08:00:00.000Z");
    for (const char* order : {"asc", "desc"}) {
        std::string counts;
        std::string cursor;
        for (int page = 0; page < 5; ++page) {
            const auto part = get(
                "/api/v1/devices/d1/readings?step=1m&limit=1&order=" + std::string{order} + cursor);
            for (const auto& item : part.at("items").as_array()) {
                counts += std::to_string(item.at("count").as_int64());
            }
            if (part.at("next_cursor").is_null()) break;
            cursor = "&cursor=" + std::string{part.at("next_cursor").as_string()};
        }
        EXPECT_EQ(counts, std::string{order} == "asc" ? "211" : "112");
    }
}

TEST_F(DevicesApi, BadReadingsQueriesAreNamed) {
    use({entry("d1", "s1")});
    const std::pair<const char*, const char*> rows[] = {
        {"from=today", "from"},  {"to=x", "to"},          {"step=5", "step"},
        {"step=0s", "step"},     {"order=up", "order"},   {"from=5&to=4", "to"},
        {"cursor=00", "cursor"}, {"limit=none", "limit"}, {"device=x", "device"},
    };
    for (const auto& [query, field] : rows) {
        SCOPED_TRACE(query);
        expect_problem(ask("GET", "/api/v1/devices/d1/readings?" + std::string{query}), 400, field);
    }
    expect_problem(ask("GET", "/api/v1/devices/d9/readings"), 404);
}

}  // namespace
}  // namespace mercaptan::processor::api
