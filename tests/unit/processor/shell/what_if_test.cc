// Other rules on a history whose difference can be told by hand.

#include "processor/io/what_if.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/wire/uplink.pb.h"
#include "processor/io/starts.h"
#include "processor/processor.h"
#include "tests/support/engine_driver.h"
#include "tests/support/memory_store.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const Rulebook> with(const std::function<void(Condition&)>& change) {
    Rulebook rulebook = standard_rulebook();
    rulebook.content = "recorded";
    for (Condition& condition : rulebook.rules.conditions) change(condition);
    return std::make_shared<const Rulebook>(std::move(rulebook));
}

RulebookSource always(std::shared_ptr<const Rulebook> rulebook) {
    return [rulebook = std::move(rulebook)](
               const std::string&) -> Result<std::shared_ptr<const Rulebook>> { return rulebook; };
}

/// site-1: 16 %LEL, and 23 ten minutes later. site-2: 12 %LEL. site-3: 6 %LEL. A crew accepts the
/// ticket of site-2.
class WhatIfTest : public ::testing::Test {
protected:
    WhatIfTest() {
        EXPECT_TRUE(keep_start(store_, now_));
        processor_ = Processor::open({}, recorded_, store_, now_).value();
        gas("site-1", 16);
        gas("site-2", 12);
        gas("site-3", 6);
        commit();
        now_ = now_ + 1min;
        TicketCommand accept;
        accept.event = {.name = "accept"};
        accept.ticket_id = processor_->engine().ticket(1).id;
        processor_->on_command({.id = 1, .actor = "crew-1", .idempotency_key = {}, .what = accept},
                               std::nullopt, now_);
        commit();
        now_ = now_ + 9min;
        gas("site-1", 23);
        commit();
    }

    void gas(const std::string& site, double lel_pct) {
        wire::Uplink uplink;
        uplink.set_version(1);
        uplink.set_gateway("gw-1");
        uplink.set_epoch(1);
        uplink.set_seq(++seq_);
        uplink.set_oldest_seq(1);
        wire::Item& item = *uplink.add_items();
        item.set_received_at_ms(now_.ms);
        wire::Reading& reading = *item.mutable_reading();
        reading.set_site(site);
        reading.set_device("det-1");
        reading.set_event_at_ms(now_.ms);
        reading.add_quantities(static_cast<std::uint32_t>(Quantity::ch4_lel_pct));
        reading.add_numbers(lel_pct);
        processor_->on_uplink("mercaptan/v1/up/gw-1/bulk", uplink.SerializeAsString(), now_);
    }
    void commit() { EXPECT_TRUE(store_.write(processor_->close(now_)->batch, store::Sync::yes)); }

    [[nodiscard]] WhatIf replay(const std::function<void(Condition&)>& change,
                                Instant from = kInstantMin) const {
        auto result = replay_what_if(store_, {.from = from,
                                              .to = kInstantMax,
                                              .recorded = always(recorded_),
                                              .other = always(with(change))});
        EXPECT_TRUE(result) << result.error().message;
        EXPECT_EQ(result->commits_other, 0U);
        EXPECT_EQ(result->readings, 4U);
        return *std::move(result);
    }

    mercaptan::test::MemoryStore store_;
    Instant now_ = kStart;
    std::uint64_t seq_ = 0;
    std::shared_ptr<const Rulebook> recorded_ = with([](Condition&) {});
    std::unique_ptr<Processor> processor_;
};

TEST_F(WhatIfTest, TheSameRulesMakeNoDifference) {
    const WhatIf result = replay([](Condition&) {});
    EXPECT_EQ(result.recorded, result.other);
    EXPECT_EQ(result.recorded.tickets, 2U);
    EXPECT_EQ(result.recorded.alarms_by_condition.at("gas.notice"), 3U);
    EXPECT_TRUE(result.more.empty() && result.fewer.empty() && result.changed.empty());
    EXPECT_EQ(result.commands, 1U);
    EXPECT_EQ(result.commands_lost + result.commands_refused, 0U);
}

TEST_F(WhatIfTest, ALowerSetPointMakesATicketGraver) {
    const WhatIf result = replay([](Condition& condition) {
        if (condition.id == "gas.alarm") condition.bands = {{.set = 15, .clear = 12}};
    });
    EXPECT_TRUE(result.more.empty() && result.fewer.empty());
    ASSERT_EQ(result.changed.size(), 1U);
    const auto& [was, would_be] = result.changed.front();
    EXPECT_EQ(was.site, "site-1");
    EXPECT_EQ(was.at, would_be.at);
    EXPECT_EQ(was.ticket_class, TicketClass::two);
    EXPECT_EQ(would_be.ticket_class, TicketClass::one);
}

TEST_F(WhatIfTest, AWarningWithoutATicketIsATicketLessOrLater) {
    const WhatIf result = replay([](Condition& condition) {
        if (condition.id == "gas.warn") condition.ticket.reset();
    });
    EXPECT_TRUE(result.more.empty());
    ASSERT_EQ(result.fewer.size(), 1U);
    EXPECT_EQ(result.fewer.front().site, "site-2");
    ASSERT_EQ(result.changed.size(), 1U);
    EXPECT_EQ(result.changed.front().second.at - result.changed.front().first.at, 10min);
    EXPECT_EQ(result.commands_lost, 1U) << "the accepted ticket would not have been there";
    EXPECT_EQ(result.recorded.alarms, result.other.alarms);
}

TEST_F(WhatIfTest, ANoticeWithATicketIsATicketMore) {
    const WhatIf result = replay([](Condition& condition) {
        if (condition.id == "gas.notice") condition.ticket = TicketClass::three;
    });
    ASSERT_EQ(result.more.size(), 1U);
    EXPECT_EQ(result.more.front().site, "site-3");
    EXPECT_TRUE(result.fewer.empty());
}

TEST_F(WhatIfTest, OtherRulesAreInForceFromTheGivenTimeOn) {
    const WhatIf result = replay(
        [](Condition& condition) {
            if (condition.id == "gas.warn") condition.ticket.reset();
        },
        kStart + 5min);
    EXPECT_TRUE(result.more.empty() && result.fewer.empty() && result.changed.empty());
    EXPECT_EQ(result.recorded.tickets, 0U) << "all were opened before";
    EXPECT_EQ(result.other.tickets, 0U);
}

TEST_F(WhatIfTest, ARecordThatWasTamperedWithIsNoticed) {
    std::string key;
    std::string value;
    ASSERT_TRUE(store_.scan(table(StoreTable::journal), {}, {}, [&](auto k, auto v) {
        key = k;
        value = v;
        return false;  // The first: 16 %LEL.
    }));
    std::string number(8, '\0');
    const double was = 16;
    const double is = 11;
    std::memcpy(number.data(), &was, sizeof was);
    const std::size_t at = value.find(number);
    ASSERT_NE(at, std::string::npos);
    std::memcpy(value.data() + at, &is, sizeof is);
    store::Batch batch;
    batch.put(table(StoreTable::journal), key, value);
    ASSERT_TRUE(store_.write(batch, store::Sync::yes));
    const auto result = replay_what_if(
        store_, {.from = kInstantMin, .to = kInstantMax, .recorded = always(recorded_)});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_GE(result->commits_other, 1U);
    EXPECT_EQ(result->first_other, 1U);
}

TEST_F(WhatIfTest, AMissingRowIsSaidAndNotSkipped) {
    std::string key;
    journal_key(key, 2);
    store::Batch batch;
    batch.erase(table(StoreTable::journal), key);
    ASSERT_TRUE(store_.write(batch, store::Sync::yes));
    const auto result = replay_what_if(
        store_, {.from = kInstantMin, .to = kInstantMax, .recorded = always(recorded_)});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().message, "journal: the row of commit 2 is missing");
}

}  // namespace
}  // namespace mercaptan::processor::test
