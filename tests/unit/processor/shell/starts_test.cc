// Where a replay can begin, what of the journal is let go, and the files a rulebook was made of.

#include "processor/io/starts.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "processor/io/journal.h"
#include "processor/io/rows.h"
#include "processor/io/rulebook_files.h"
#include "tests/support/memory_store.h"
#include "tests/support/temp_dir.h"

namespace mercaptan::processor::test {
namespace {

using namespace std::chrono_literals;

constexpr Instant kDay{1'795'248'000'000};

void put(store::Store& store, StoreTable of, std::string_view key, std::string_view value) {
    store::Batch batch;
    batch.put(table(of), key, value);
    ASSERT_TRUE(store.write(batch, store::Sync::yes));
}

void put_journal(store::Store& store, std::uint64_t commit, std::uint64_t needed_from) {
    std::string key;
    std::string value;
    journal_key(key, commit);
    JournalWriter{}.finish(value, {.closed_at = kDay, .needed_from = needed_from, .print = 0});
    put(store, StoreTable::journal, key, value);
}

TEST(Starts, AStartHoldsWhatTheProcessFound) {
    mercaptan::test::MemoryStore store;
    put(store, StoreTable::alarms, "A1", "alarm");
    put(store, StoreTable::meta, "commit", "9 1");
    put(store, StoreTable::people, "P1", "Wang");
    put_journal(store, 9, 7);
    ASSERT_TRUE(keep_start(store, kDay));
    EXPECT_EQ(kept_starts(store).value(),
              (std::vector<Start>{{.commit = 9, .at = kDay, .journal_from = 7}}));
    std::vector<std::string> rows;
    ASSERT_TRUE(read_start(store, 9, [&](StoreTable, std::string_view key, std::string_view value) {
        rows.push_back(std::string{key} + "=" + std::string{value});
    }));
    EXPECT_EQ(rows, (std::vector<std::string>{"A1=alarm", "commit=9 1"})) << "and no person";
}

TEST(Starts, OneADayIsEnough) {
    mercaptan::test::MemoryStore store;
    ASSERT_TRUE(keep_start(store, kDay));
    put_journal(store, 1, 1);
    ASSERT_TRUE(keep_start(store, kDay + 23h));
    EXPECT_EQ(kept_starts(store)->size(), 1U);
    ASSERT_TRUE(keep_start(store, kDay + 24h));
    EXPECT_EQ(kept_starts(store)->size(), 2U);
}

TEST(Starts, ACopyThatWasCutShortIsNone) {
    mercaptan::test::MemoryStore store;
    put(store, StoreTable::starts, std::string_view{"\0\0\0\0\0\0\0\1\3T1", 11}, "ticket");
    EXPECT_TRUE(kept_starts(store)->empty());
}

TEST(Starts, TheJournalIsLetGoUpToTheNewestStartThatIsOldEnough) {
    mercaptan::test::MemoryStore store;
    for (std::uint64_t day = 0; day < 4; ++day) {
        put_journal(store, 10 * (day + 1), 10 * (day + 1) - 3);
        ASSERT_TRUE(keep_start(store, kDay + day * 24h));
    }
    Retention retention;
    ASSERT_TRUE(age_journal(store, kDay - 1h, retention));
    EXPECT_EQ(retention.first_journal_commit, 0U) << "nothing is that old";
    ASSERT_TRUE(age_journal(store, kDay + 60h, retention));
    EXPECT_EQ(retention.first_start_commit, 30U);
    EXPECT_EQ(retention.first_journal_commit, 27U) << "what that start needs of the rows before it";
}

TEST(RulebookFiles, ComeOutAsTheyWentIn) {
    mercaptan::test::MemoryStore store;
    const RulebookFiles files{{"rules.yaml", "conditions: []\n"},
                              {"policies/life_cycles/repair.yaml", "states"},
                              {"registry.csv", std::string(2'500'000, 'x')},
                              {"roster.yaml", ""},
                              {"time_zone", "Asia/Shanghai"}};
    ASSERT_TRUE(keep_rulebook(store, files));
    const std::size_t rows = store.size(table(StoreTable::rulebooks));
    ASSERT_TRUE(keep_rulebook(store, files));
    EXPECT_EQ(store.size(table(StoreTable::rulebooks)), rows) << "each text once";

    mercaptan::test::TempDir folder;
    const auto paths = unpack_rulebook(store, content_name(files), folder.path());
    ASSERT_TRUE(paths) << paths.error().message;
    EXPECT_EQ(paths->time_zone, "Asia/Shanghai");
    EXPECT_EQ(std::filesystem::file_size(paths->registry), 2'500'000U);
    EXPECT_TRUE(std::filesystem::exists(paths->policies / "life_cycles" / "repair.yaml"));
    EXPECT_EQ(unpack_rulebook(store, "other", folder.path()).error().code, ErrorCode::not_found);
}

TEST(RulebookFiles, AnotherTextHasAnotherName) {
    EXPECT_NE(content_name({{"rules.yaml", "a"}}), content_name({{"rules.yaml", "b"}}));
    EXPECT_NE(content_name({{"rules.yaml", "a"}}), content_name({{"roster.yaml", "a"}}));
}

}  // namespace
}  // namespace mercaptan::processor::test
