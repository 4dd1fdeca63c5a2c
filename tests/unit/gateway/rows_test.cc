#include "gateway/rows.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "gateway/dead_rows.h"
#include "gateway/uplink_codec.h"

namespace mercaptan::gateway {
namespace {

TEST(RowKey, OrdersByLaneThenEpochThenSequence) {
    const std::vector<std::pair<Lane, RowId>> rows{
        {Lane::emergency, {1, 1}}, {Lane::emergency, {1, 256}},    {Lane::emergency, {2, 1}},
        {Lane::bulk, {0, 1}},      {Lane::bulk, {0, 1ULL << 40U}}, {Lane::bulk, {300, 2}},
    };
    std::string before;
    for (const auto& [lane, row] : rows) {
        const RowKey key = row_key(lane, row);
        EXPECT_LT(before, std::string{view(key)});
        const RowKey end = lane_end_key(lane);
        EXPECT_LT(view(key), view(end));
        const auto parsed = parse_row_key(view(key));
        ASSERT_TRUE(parsed);
        EXPECT_EQ(parsed->lane, lane);
        EXPECT_EQ(parsed->row, row);
        before = view(key);
    }
    EXPECT_FALSE(parse_row_key("short"));
    EXPECT_FALSE(parse_row_key(std::string(17, '\x02')));
}

TEST(InboxValue, RoundTrips) {
    RawMessage message;
    message.received_at = Instant{-5};
    message.retained = true;
    message.order = true;
    message.size_bytes = 99;
    message.topic = "gas/v1/s1/d1/alarm";
    message.payload = std::string{"\x00\xff", 2};
    std::string value;
    write_inbox_value(message, value);
    RawMessage read;
    ASSERT_TRUE(read_inbox_value(value, read));
    EXPECT_EQ(read.received_at, message.received_at);
    EXPECT_TRUE(read.retained && read.order && !read.redelivered && read.cut());
    EXPECT_EQ(read.topic, message.topic);
    EXPECT_EQ(read.payload, message.payload);
    for (std::size_t size = 0; size < 21; ++size) {
        EXPECT_FALSE(read_inbox_value(std::string_view{value}.substr(0, size), read)) << size;
    }
}

TEST(CommandValue, RoundTrips) {
    PendingCommand command;
    command.site = "s1";
    command.valve = "v1";
    command.reason = "why";
    command.ticket = "t1";
    command.policy = {Duration{1'500}, 7, Duration{9'000}};
    command.attempts = 3;
    command.next_at = Instant{123};
    command.caused_at = Instant{45};
    command.joined = {{"order-1", "leak", "t1"}, {"order-2", "", ""}};
    std::string value;
    write_command_value(command, value);
    PendingCommand read;
    ASSERT_TRUE(read_command_value(value, read));
    EXPECT_EQ(read.site, command.site);
    EXPECT_EQ(read.valve, command.valve);
    EXPECT_EQ(read.reason, command.reason);
    EXPECT_EQ(read.ticket, command.ticket);
    EXPECT_EQ(read.policy, command.policy);
    EXPECT_EQ(read.attempts, command.attempts);
    EXPECT_EQ(read.next_at, command.next_at);
    EXPECT_EQ(read.caused_at, command.caused_at);
    EXPECT_EQ(read.joined, command.joined);
    EXPECT_FALSE(read_command_value(value + "x", read));
    EXPECT_FALSE(read_command_value(value.substr(1), read));
}

TEST(EndedValue, RoundTrips) {
    const EndedCommand command{"id", "s1", "v1", ValveOutcome::failed, "stuck", Instant{123}, true};
    std::string value;
    write_ended_value(command, value);
    EndedCommand read;
    ASSERT_TRUE(read_ended_value(value, read));
    EXPECT_EQ(read.site, command.site);
    EXPECT_EQ(read.valve, command.valve);
    EXPECT_EQ(read.outcome, command.outcome);
    EXPECT_EQ(read.detail, command.detail);
    EXPECT_EQ(read.ended_at, command.ended_at);
    EXPECT_EQ(read.shut, command.shut);
    EXPECT_FALSE(read_ended_value(value + "x", read));
    EXPECT_FALSE(read_ended_value(value.substr(1), read));
}

TEST(QuarantineValue, RoundTrips) {
    const QuarantineEntry entry{Instant{1}, "topic", std::string(3, '\0'), "reason"};
    std::string value;
    write_quarantine_value(entry, value);
    QuarantineEntry read;
    ASSERT_TRUE(read_quarantine_value(value, read));
    EXPECT_EQ(read.topic, entry.topic);
    EXPECT_EQ(read.payload, entry.payload);
    EXPECT_EQ(read.reason, entry.reason);
}

TEST(MetaKeys, RoundTrip) {
    EXPECT_EQ(parse_mark_key(mark_key(Lane::bulk, 77), Lane::bulk), 77U);
    EXPECT_FALSE(parse_mark_key(mark_key(Lane::bulk, 77), Lane::emergency));
    EXPECT_EQ(parse_cursor_value(cursor_value({3, 4})), (RowId{3, 4}));
    EXPECT_FALSE(parse_u64_value("1234567"));
}

TEST(UplinkCodec, AddsTheOldestThatIsHeldToTheEncodedMessage) {
    wire::Uplink scratch;
    std::string encoded;
    Reading reading;
    reading.site = "s1";
    reading.device = "d1";
    reading.seq = 9;
    reading.event_at = Instant{-1};
    reading.urgent = true;
    reading.status.add(Status::tamper);
    reading.values.set(Quantity::co_ppm, 1.5);
    const std::vector<Item> items{{Origin{1, 2, 3, Lane::emergency}, Instant{5}, reading}};
    for (const std::uint64_t oldest :
         {std::uint64_t{1}, std::uint64_t{127}, std::uint64_t{128}, ~std::uint64_t{0}}) {
        encode_uplink("gw1", Lane::bulk, {7, 8}, items, scratch, encoded);
        append_oldest(oldest, oldest / 2, encoded);
        wire::Uplink message;
        ASSERT_TRUE(message.ParseFromString(encoded));
        EXPECT_EQ(message.oldest_seq(), oldest);
        EXPECT_EQ(message.oldest_epoch(), oldest / 2);
        EXPECT_EQ(message.epoch(), 7U);
        EXPECT_EQ(message.seq(), 8U);
        EXPECT_FALSE(message.emergency());
        ASSERT_EQ(message.items_size(), 1);
        const wire::Item& item = message.items(0);
        EXPECT_EQ(item.origin_epoch(), 1U);
        EXPECT_EQ(item.origin_seq(), 2U);
        EXPECT_EQ(item.origin_part(), 3U);
        EXPECT_TRUE(item.origin_emergency());
        EXPECT_EQ(item.received_at_ms(), 5);
        EXPECT_EQ(item.reading().event_at_ms(), -1);
        EXPECT_EQ(item.reading().seq(), 9U);
        EXPECT_EQ(item.reading().numbers(0), 1.5);
        EXPECT_EQ(item.reading().quantities(0), static_cast<std::uint32_t>(Quantity::co_ppm));
        EXPECT_EQ(item.reading().status(), reading.status.bits());
        EXPECT_TRUE(item.reading().urgent());
    }
}

TEST(UplinkCodec, AcceptsNoOrderButToCloseANamedValve) {
    wire::ValveCommand order;
    order.set_version(1);
    order.set_id("o1");
    order.set_site("s1");
    order.set_valve("v1");
    EXPECT_TRUE(decode_order(order.SerializeAsString()).has_value());
    EXPECT_FALSE(decode_order("\xff\xff").has_value());
    auto spoiled = order;
    spoiled.set_version(2);
    EXPECT_FALSE(decode_order(spoiled.SerializeAsString()).has_value());
    spoiled = order;
    spoiled.set_valve("a/b");
    EXPECT_FALSE(decode_order(spoiled.SerializeAsString()).has_value());
    spoiled = order;
    spoiled.clear_id();
    EXPECT_FALSE(decode_order(spoiled.SerializeAsString()).has_value());
}

TEST(DeadRows, NamesNothingBeforeItIsArmed) {
    DeadRows dead;
    dead.set_inbox(Lane::bulk, {7, 100}, 10);
    EXPECT_FALSE(dead.inbox_droppable(view(row_key(Lane::bulk, {7, 1}))));
    dead.arm();
    EXPECT_TRUE(dead.inbox_droppable(view(row_key(Lane::bulk, {7, 90}))));
    EXPECT_FALSE(dead.inbox_droppable(view(row_key(Lane::bulk, {7, 91}))));
    EXPECT_TRUE(dead.inbox_droppable(view(row_key(Lane::bulk, {6, 999}))));
    EXPECT_FALSE(dead.inbox_droppable(view(row_key(Lane::emergency, {7, 1}))));
}

TEST(DeadRows, KeepsOlderEpochsUntilThisOneHasEnough) {
    DeadRows dead;
    dead.arm();
    dead.set_inbox(Lane::bulk, {7, 10}, 10);
    EXPECT_FALSE(dead.inbox_droppable(view(row_key(Lane::bulk, {6, 1}))));
    dead.set_inbox(Lane::bulk, {7, 11}, 10);
    EXPECT_TRUE(dead.inbox_droppable(view(row_key(Lane::bulk, {6, 1}))));
}

TEST(DeadRows, NamesOutboxRowsThatTheProcessorHas) {
    DeadRows dead;
    dead.set_outbox(Lane::bulk, {{5, 3, 9}, {7, 1, 0}});
    dead.arm();
    const auto droppable = [&](RowId row) {
        return dead.outbox_droppable(view(row_key(Lane::bulk, row)));
    };
    EXPECT_TRUE(droppable({4, 1}) && droppable({5, 2}) && droppable({6, 1}));
    EXPECT_FALSE(droppable({5, 3}) || droppable({7, 1}) || droppable({8, 1}));
}

}  // namespace
}  // namespace mercaptan::gateway
