#include "processor/io/rows.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "processor/io/journal.h"
#include "processor/io/tables.h"
#include "tests/unit/processor/io/rows_samples.h"

namespace mercaptan::processor {
namespace {

using samples::kAt;

std::string key_of(const Reading& reading) {
    std::string key;
    history_key(key, reading);
    return key;
}

void expect_same(const HistoryRow& row, const Reading& reading, bool with_origin) {
    EXPECT_EQ(row.reading.site, reading.site);
    EXPECT_EQ(row.reading.device, reading.device);
    EXPECT_EQ(row.reading.event_at, reading.event_at);
    EXPECT_EQ(row.reading.received_at, reading.received_at);
    EXPECT_EQ(row.reading.seq, reading.seq);
    EXPECT_EQ(row.reading.values, reading.values);
    EXPECT_EQ(row.reading.status, reading.status);
    EXPECT_EQ(row.reading.has_status, reading.has_status);
    EXPECT_EQ(row.reading.urgent, reading.urgent);
    if (with_origin) {
        EXPECT_EQ(row.reading.origin, reading.origin);
    }
}

TEST(HistoryRows, KeyIsTheDocumentedGrammar) {
    const std::string key = key_of(samples::reading());
    const std::string expected = std::string{"\x00\x00\x51\x2A", 4} + std::string{"det-0001\0", 9} +
                                 std::string{"站点-7\0", 9} +
                                 std::string{"\x80\x00\x01\xA1\xFD\x84\xB8\x7B", 8} + "\x01" +
                                 std::string{"\0\0\0\0\0\0\0\x29h\xD5*O", 12};
    EXPECT_EQ(key.size(), expected.size());
    EXPECT_EQ(history_key_day(key), day_of(kAt));
    EXPECT_EQ(key.substr(4, 18), expected.substr(4, 18));
    EXPECT_EQ(key.substr(30), expected.substr(30));
}

TEST(HistoryRows, SameReadingGivesTheSameKeyWhateverPathItTook) {
    Reading again = samples::reading();
    again.received_at = again.received_at + Duration{5000};
    again.origin = {.epoch = 9, .seq = 1, .part = 0, .lane = Lane::bulk};
    EXPECT_EQ(key_of(again), key_of(samples::reading()));
    again.seq = 42;
    EXPECT_NE(key_of(again), key_of(samples::reading()));
}

TEST(HistoryRows, ANumberThatWasUsedAgainIsAnotherKey) {
    Reading other = samples::reading();
    other.values.set(Quantity::temperature_c, -40);
    EXPECT_NE(key_of(other), key_of(samples::reading()));
}

TEST(HistoryRows, KeysSortByDayDeviceAndTime) {
    std::vector<std::string> keys;
    for (const std::int64_t ms : {-5LL, 0LL, 5LL, 86'400'000LL, 1'795'248'000'000LL}) {
        for (const char* device : {"a", "a1", "b"}) {
            Reading r = samples::reading();
            r.device = device;
            r.event_at = Instant{ms};
            r.seq = 1;
            keys.push_back(key_of(r));
        }
    }
    std::vector<std::string> by_day_device_time = keys;
    std::sort(by_day_device_time.begin(), by_day_device_time.end());
    // -5, 0 and 5 ms share day 0, so device comes before time there.
    EXPECT_EQ(by_day_device_time[0], keys[0]);
    EXPECT_EQ(by_day_device_time[1], keys[3]);
    EXPECT_EQ(by_day_device_time[2], keys[6]);
    EXPECT_EQ(by_day_device_time[3], keys[1]);
    EXPECT_EQ(by_day_device_time[14], keys[14]);
}

TEST(HistoryRows, SeekStandsRightBeforeTheReadingsFromThenOn) {
    const Reading reading = samples::reading();
    std::string seek;
    history_seek(seek, day_of(kAt), reading.device, reading.site, kAt);
    EXPECT_TRUE(key_of(reading).starts_with(seek));
    history_seek(seek, day_of(kAt), reading.device, reading.site, kAt + Duration{1});
    EXPECT_GT(seek, key_of(reading));
    history_seek(seek, day_of(kAt), reading.device);
    EXPECT_LT(seek, key_of(reading));
}

TEST(HistoryRows, RoundTrip) {
    std::string value;
    for (const Reading& reading : {samples::reading(), samples::reading_without_time_or_seq()}) {
        encode_history(value, reading, kAt + Duration{300}, /*late=*/true);
        const auto row = decode_history(key_of(reading), value);
        ASSERT_TRUE(row) << row.error().message;
        expect_same(*row, reading, /*with_origin=*/!reading.seq);
        EXPECT_EQ(row->recorded_at, kAt + Duration{300});
        EXPECT_TRUE(row->late);
        EXPECT_EQ(row->quality, Quality::good);
    }
}

TEST(HistoryRows, QualityFollowsWhatTheDeviceSaysOfItself) {
    const auto with = [](Status status) {
        Reading r;
        r.status.add(status);
        return quality_of(r);
    };
    EXPECT_EQ(with(Status::sensor_fault), Quality::bad);
    EXPECT_EQ(with(Status::preheat), Quality::uncertain);
    EXPECT_EQ(with(Status::self_test), Quality::uncertain);
    EXPECT_EQ(with(Status::end_of_life), Quality::uncertain);
    EXPECT_EQ(with(Status::alarm_high), Quality::good);
    EXPECT_EQ(with(Status::low_battery), Quality::good);
}

TEST(HistoryRows, ValueIsSmall) {
    std::string value;
    encode_history(value, samples::reading(), kAt + Duration{300}, false);
    EXPECT_LE(value.size(), 26U);
}

TEST(JournalRows, RoundTripInOrder) {
    std::string value;
    const std::vector<Reading> readings{samples::reading(), samples::reading_without_time_or_seq(),
                                        samples::reading()};
    for (const Reading& reading : readings) {
        encode_journal_reading(value, reading, kAt + Duration{300}, /*late=*/false);
    }
    ASSERT_TRUE(is_bare_journal(value)) << "as it was written before every record was kept";
    std::size_t count = 0;
    const auto done = decode_journal(value, [&](const LoggedRecord& record) {
        HistoryRow row{.reading = std::get<LoggedReading>(record.body).reading,
                       .recorded_at = record.at,
                       .quality = quality_of(readings.at(count))};
        expect_same(row, readings.at(count++), /*with_origin=*/true);
        EXPECT_EQ(record.at, kAt + Duration{300});
        return true;
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(count, 3U);
    EXPECT_EQ(decode_journal_head(value).value(), JournalHead{});
    EXPECT_TRUE(decode_journal("", [](const LoggedRecord&) { return false; }));
}

TEST(StateRows, DeviceRoundTrip) {
    std::string key;
    std::string value;
    for (const DeviceRow& row : {samples::device(), samples::bare_device()}) {
        device_key(key, row.device, row.site);
        encode_device(value, row);
        const auto read = decode_device(key, value);
        ASSERT_TRUE(read) << read.error().message;
        EXPECT_EQ(*read, row);
    }
    std::string prefix;
    device_prefix(prefix, "det-0001");
    device_key(key, "det-0001", "s1");
    EXPECT_TRUE(key.starts_with(prefix));
    device_key(key, "det-00011", "s1");
    EXPECT_FALSE(key.starts_with(prefix));
}

TEST(StateRows, EffectPositionReporterAndFeedRoundTrip) {
    std::string key;
    std::string value;
    const EffectRow effect{
        .topic = "a/b", .payload = "{}", .qos = 2, .retain = true, .created_at = kAt};
    encode_effect(value, effect);
    EXPECT_EQ(decode_effect(value).value(), effect);

    const PositionRow position{.gateway = "gw-1",
                               .lane = Lane::bulk,
                               .epoch = 7,
                               .seq = 10,
                               .ahead = {{12, 12}, {14, 90}}};
    position_key(key, position);
    encode_position(value, position);
    EXPECT_EQ(decode_position(key, value).value(), position);

    const Reporter reporter{.name = "王", .phone = "138", .account = "9", .address = "路"};
    encode_reporter(value, reporter);
    EXPECT_EQ(decode_reporter(value).value(), reporter);

    const VersionRow version{.policy = "repair.class1",
                             .version = "p-1",
                             .text = "policy: repair.class1\n",
                             .life_cycle = "life_cycle: repair\n"};
    version_key(key, version.policy, version.version);
    encode_version(value, version);
    EXPECT_EQ(decode_version(key, value).value(), version);
    EXPECT_FALSE(decode_version("no mark", value));

    const FeedRow feed{.event = "ticket", .json = R"({"id":"T"})"};
    encode_feed(value, feed);
    EXPECT_EQ(decode_feed(value).value(), feed);
    feed_key(key, 258);
    EXPECT_EQ(key, (std::string{"\0\0\0\0\0\0\x01\x02", 8}));
    EXPECT_EQ(decode_feed_key(key).value(), 258U);
    journal_key(key, 3);
    EXPECT_EQ(decode_journal_key(key).value(), 3U);
    EXPECT_FALSE(decode_journal_key("short"));
}

TEST(StateRows, PositionRangesMustAscendBeyondTheWatermark) {
    std::string key;
    std::string value;
    for (const std::vector<PositionRow::Range>& ahead :
         {std::vector<PositionRow::Range>{{10, 11}}, {{13, 12}}, {{12, 14}, {14, 15}}}) {
        const PositionRow position{.gateway = "g", .epoch = 1, .seq = 10, .ahead = ahead};
        position_key(key, position);
        encode_position(value, position);
        EXPECT_EQ(decode_position(key, value).error().code, ErrorCode::corrupt);
    }
}

TEST(ModelRows, RoundTrip) {
    std::string value;
    for (const Ticket& ticket : {samples::ticket(), samples::bare_ticket()}) {
        encode_ticket(value, ticket);
        EXPECT_EQ(decode_ticket(value).value(), ticket);
    }
    for (const LogEntry& entry : {samples::log_entry(), samples::bare_log_entry()}) {
        encode_log_entry(value, entry);
        EXPECT_EQ(decode_log_entry(value).value(), entry);
    }
    for (const Alarm& alarm : {samples::alarm(), samples::bare_alarm()}) {
        encode_alarm(value, alarm);
        EXPECT_EQ(decode_alarm(value).value(), alarm);
    }
}

TEST(ModelRows, NoticeRoundTrip) {
    const NoticeRow notice{.ticket_id = "T1",
                           .zone = "north",
                           .sent_at = kAt,
                           .status = "Test",
                           .message = "Update",
                           .area = "里巷3号",
                           .headline_zh = "停气",
                           .headline_en = "gas off",
                           .cap = "<alert/>"};
    std::string value;
    encode_notice(value, notice);
    EXPECT_EQ(*decode_notice(value), notice);
}

TEST(ModelRows, ValuesOutOfRangeAreCorrupt) {
    std::string value;
    Ticket ticket = samples::ticket();
    ticket.opened_at = kInstantMax + Duration{1};
    encode_ticket(value, ticket);
    EXPECT_EQ(decode_ticket(value).error().code, ErrorCode::corrupt);
    Alarm alarm = samples::alarm();
    alarm.severity = 1001;
    encode_alarm(value, alarm);
    EXPECT_EQ(decode_alarm(value).error().code, ErrorCode::corrupt);
    EXPECT_EQ(decode_ticket("").error().code, ErrorCode::corrupt);
}

TEST(ModelRows, AValueThatIsNoNumberIsCorrupt) {
    std::string value;
    for (const double number : {std::nan(""), HUGE_VAL, -HUGE_VAL}) {
        Alarm alarm = samples::alarm();
        alarm.value = number;
        encode_alarm(value, alarm);
        EXPECT_EQ(decode_alarm(value).error().code, ErrorCode::corrupt);
        Ticket ticket = samples::ticket();
        ticket.cause.value = number;
        encode_ticket(value, ticket);
        EXPECT_EQ(decode_ticket(value).error().code, ErrorCode::corrupt);
    }
}

TEST(Keys, LogAndPeopleStayWithTheirTicket) {
    std::string prefix;
    std::string key;
    log_prefix(prefix, "T1");
    log_key(key, "T1", 300);
    EXPECT_TRUE(key.starts_with(prefix));
    log_key(key, "T10", 0);
    EXPECT_FALSE(key.starts_with(prefix));
    people_prefix(prefix, "T1");
    people_key(key, "T1", 2);
    EXPECT_TRUE(key.starts_with(prefix));
}

TEST(Rows, ATicketFromBeforeItsSourcesWereCounted) {
    Ticket ticket = samples::ticket();
    ticket.source_count = 0;
    std::string value;
    encode_ticket(value, ticket);
    EXPECT_EQ(decode_ticket(value)->source_count, 1U);
}

TEST(Keys, AlarmsSortNewestFirstThenById) {
    std::vector<std::string> keys(4);
    alarm_order_key(keys[0], Instant{2}, "A1");
    alarm_order_key(keys[1], Instant{1}, "A1");
    alarm_order_key(keys[2], Instant{1}, "A2");
    alarm_order_key(keys[3], Instant{-1}, "A0");
    EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    EXPECT_EQ(alarm_of_order_key(keys[2]), "A2");
    EXPECT_EQ(alarm_of_order_key("short"), "");
}

TEST(Keys, AfterPrefixIsTheLeastKeyBeyond) {
    EXPECT_EQ(after_prefix("ab"), "ac");
    EXPECT_EQ(after_prefix("a\xFF"), "b");
    EXPECT_EQ(after_prefix("\xFF\xFF"), "");
    EXPECT_EQ(after_prefix(""), "");
}

TEST(Tables, NamesAndRetention) {
    Retention retention;
    retention.first_day = 20'000;
    retention.first_journal_commit = 7;
    const auto tables = store_tables(&retention);
    ASSERT_EQ(tables.size(), kStoreTableCount);
    EXPECT_EQ(tables[table(StoreTable::history)].name, "history");
    EXPECT_EQ(tables[table(StoreTable::ticket_log)].name, "ticket_log");
    EXPECT_EQ(tables[table(StoreTable::meta)].name, "meta");
    EXPECT_EQ(tables[table(StoreTable::alarm_order)].name, "alarm_order");
    EXPECT_EQ(tables[table(StoreTable::notices)].name, "notices");
    const auto& droppable = tables[table(StoreTable::history)].droppable;
    Reading old = samples::reading();
    old.event_at = Instant{19'999LL * 86'400'000};
    EXPECT_TRUE(droppable(key_of(old)));
    EXPECT_FALSE(droppable(key_of(samples::reading())));
    EXPECT_FALSE(droppable("odd"));
    std::string key;
    journal_key(key, 6);
    EXPECT_TRUE(tables[table(StoreTable::journal)].droppable(key));
    journal_key(key, 7);
    EXPECT_FALSE(tables[table(StoreTable::journal)].droppable(key));
    EXPECT_FALSE(store_tables()[0].droppable);
}

/// Damages what one encoder wrote in every way of a few kinds; the decoder may accept the result
/// (a changed number is a number) but must stay within the bytes and answer only with corrupt.
template <class Decode>
void damage(const std::string& good, const Decode& decode) {
    const auto check = [&](const std::string& bytes) {
        const auto result = decode(std::string_view{bytes});
        if (!result) {
            EXPECT_EQ(result.error().code, ErrorCode::corrupt);
        }
    };
    for (std::size_t size = 0; size < good.size(); ++size) check(good.substr(0, size));
    std::mt19937 random{7};  // NOLINT: the same damage in every run.
    for (int round = 0; round < 2000; ++round) {
        std::string bad = good;
        for (auto hits = 1 + random() % 3; hits > 0; --hits) {
            bad[random() % bad.size()] = static_cast<char>(random());
        }
        if (random() % 4 == 0) bad.append(random() % 5, static_cast<char>(random()));
        check(bad);
    }
}

TEST(DamagedRows, NeverCrashAnything) {
    std::string key = key_of(samples::reading());
    std::string value;
    encode_history(value, samples::reading(), kAt, false);
    damage(value, [&](std::string_view v) { return decode_history(key, v); });
    damage(key, [&](std::string_view k) { return decode_history(k, value); });
    value.clear();
    encode_journal_reading(value, samples::reading(), kAt, false);
    encode_journal_reading(value, samples::reading_without_time_or_seq(), kAt, true);
    const auto all = [](const LoggedRecord&) { return true; };
    damage(value, [&](std::string_view v) { return decode_journal(v, all); });
    device_key(key, "det-0001", "s1");
    encode_device(value, samples::device());
    damage(value, [&](std::string_view v) { return decode_device(key, v); });
    encode_effect(value, {.topic = "t", .payload = "p", .created_at = kAt});
    damage(value, [](std::string_view v) { return decode_effect(v); });
    const PositionRow position{.gateway = "g", .epoch = 1, .seq = 10, .ahead = {{12, 14}}};
    position_key(key, position);
    encode_position(value, position);
    damage(value, [&](std::string_view v) { return decode_position(key, v); });
    damage(key, [&](std::string_view k) { return decode_position(k, value); });
    encode_reporter(value, {.name = "n", .phone = "1"});
    damage(value, [](std::string_view v) { return decode_reporter(v); });
    encode_feed(value, {.event = "ticket", .json = "{}"});
    damage(value, [](std::string_view v) { return decode_feed(v); });
    encode_ticket(value, samples::ticket());
    damage(value, [](std::string_view v) { return decode_ticket(v); });
    encode_log_entry(value, samples::log_entry());
    damage(value, [](std::string_view v) { return decode_log_entry(v); });
    encode_notice(value, {.ticket_id = "T1", .zone = "z", .sent_at = kAt, .cap = "<alert/>"});
    damage(value, [](std::string_view v) { return decode_notice(v); });
    encode_alarm(value, samples::alarm());
    damage(value, [](std::string_view v) { return decode_alarm(v); });
}

}  // namespace
}  // namespace mercaptan::processor
