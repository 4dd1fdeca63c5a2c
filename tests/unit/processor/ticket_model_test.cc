#include "processor/core/ticket_model.h"

#include <gtest/gtest.h>

#include <string_view>

namespace mercaptan::processor {
namespace {

TEST(TicketModel, NamesKindsBothWays) {
    for (const auto kind : {TicketKind::repair, TicketKind::complaint, TicketKind::hazard,
                            TicketKind::inspection, TicketKind::callback, TicketKind::planned_work,
                            TicketKind::ledger, TicketKind::emergency_plan}) {
        EXPECT_EQ(ticket_kind_from(to_string(kind)), kind);
    }
    EXPECT_EQ(to_string(TicketKind::inspection), "inspection");
    EXPECT_EQ(ticket_kind_from("Repair"), std::nullopt);
    EXPECT_EQ(ticket_kind_from(""), std::nullopt);
}

TEST(TicketModel, AStateIsItsName) {
    EXPECT_EQ((TicketState{"closed", StateCategory::done}), (TicketState{"closed"}));
    EXPECT_NE(TicketState{"closed"}, TicketState{"raised"});
    EXPECT_TRUE(is_open({"raised", StateCategory::open}));
    EXPECT_TRUE(is_open({"held", StateCategory::waiting}));
    EXPECT_FALSE(is_open({"closed", StateCategory::done}));
    EXPECT_FALSE(is_open({"cancelled", StateCategory::voided}));
}

TEST(TicketModel, NamesSymptomsBothWays) {
    for (std::size_t i = 0; i < kSymptomCount; ++i) {
        const auto symptom = static_cast<Symptom>(i);
        EXPECT_EQ(symptom_from(to_string(symptom)), symptom);
    }
    EXPECT_EQ(to_string(Symptom::abnormal_flame), "abnormal_flame");
    EXPECT_EQ(symptom_from("smoke"), std::nullopt);
}

TEST(TicketModel, OnlyTheEngineWritesTheseEvents) {
    for (const char* name : {"raised", "joined", "escalated", "clock_started", "clock_breached"})
        EXPECT_TRUE(is_reserved_event(name)) << name;
    for (const char* name : {"note", "accept", "close", "reply"})
        EXPECT_FALSE(is_reserved_event(name)) << name;
}

TEST(TicketModel, NamesClockStatus) {
    EXPECT_EQ(to_string(ClockStatus::running), "running");
    EXPECT_EQ(to_string(ClockStatus::met), "met");
    EXPECT_EQ(to_string(ClockStatus::breached), "breached");
    EXPECT_EQ(to_string(ClockStatus::stopped), "stopped");
}

}  // namespace
}  // namespace mercaptan::processor
