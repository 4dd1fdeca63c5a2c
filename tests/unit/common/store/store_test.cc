// The contract of a store, kept by RocksDB and by the one that tests and the simulation use.

#include "common/store/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/store/rocks_store.h"
#include "tests/support/memory_store.h"

namespace mercaptan::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr Table kFirst = 0;
constexpr Table kSecond = 1;

/// A store that can be closed and opened again.
class Subject {
public:
    virtual ~Subject() = default;
    virtual Store& store() = 0;
    virtual void reopen() = 0;
};

class InMemory final : public Subject {
public:
    Store& store() override { return store_; }
    void reopen() override {}

private:
    test::MemoryStore store_;
};

class OnDisk final : public Subject {
public:
    OnDisk() {
        static std::atomic<int> count{0};
        path_ = std::filesystem::temp_directory_path() /
                ("mercaptan_store_" + std::to_string(getpid()) + "_" + std::to_string(++count));
        reopen();
    }
    ~OnDisk() override {
        store_.reset();
        std::filesystem::remove_all(path_);
    }
    OnDisk(const OnDisk&) = delete;
    OnDisk& operator=(const OnDisk&) = delete;
    Store& store() override { return *store_; }
    void reopen() override {
        store_.reset();
        RocksOptions options;
        options.path = path_;
        options.tables = {{.name = "first"}, {.name = "second"}};
        auto opened = open_rocks_store(options);
        ASSERT_TRUE(opened.has_value()) << opened.error().message;
        store_ = std::move(*opened);
    }

private:
    std::filesystem::path path_;
    std::unique_ptr<Store> store_;
};

template <class T>
class StoreContract : public testing::Test {
protected:
    using Rows = std::vector<std::pair<std::string, std::string>>;

    Store& store() { return subject_.store(); }
    void write(const Batch& batch, Sync sync = Sync::yes) {
        ASSERT_TRUE(store().write(batch, sync).has_value());
    }
    std::string get(Table table, std::string_view key) {
        const auto found = store().get(table, key);
        return found && *found ? **found : "(none)";
    }
    Rows rows(std::string_view from = {}, std::string_view to = {}, bool back = false) {
        Rows rows;
        const auto visit = [&](std::string_view key, std::string_view value) {
            rows.emplace_back(key, value);
            return true;
        };
        const auto scanned = back ? store().scan_back(kFirst, from, to, visit)
                                  : store().scan(kFirst, from, to, visit);
        EXPECT_TRUE(scanned.has_value());
        return rows;
    }
    T subject_;
};

using Subjects = testing::Types<InMemory, OnDisk>;
TYPED_TEST_SUITE(StoreContract, Subjects);

TYPED_TEST(StoreContract, ABatchIsAppliedInItsOrder) {
    Batch batch;
    batch.put(kFirst, "a", "1");
    batch.put(kFirst, "b", "1");
    batch.put(kSecond, "a", "other table");
    batch.erase(kFirst, "b");
    batch.put(kFirst, "a", "2");
    this->write(batch);
    this->subject_.reopen();
    EXPECT_EQ(this->get(kFirst, "a"), "2");
    EXPECT_EQ(this->get(kFirst, "b"), "(none)");
    EXPECT_EQ(this->get(kSecond, "a"), "other table");
}

TYPED_TEST(StoreContract, PutIfAbsentKeepsTheFirst) {
    Batch batch;
    batch.put(kFirst, "a", "put");
    batch.put_if_absent(kFirst, "a", "second");
    batch.put_if_absent(kFirst, "b", "first");
    batch.put_if_absent(kFirst, "b", "second");
    this->write(batch);
    batch.clear();
    batch.put_if_absent(kFirst, "b", "third");
    batch.put_if_absent(kFirst, "c", "first");
    this->write(batch);
    const auto kept = ElementsAre(Pair("a", "put"), Pair("b", "first"), Pair("c", "first"));
    EXPECT_THAT(this->rows(), kept);
    this->subject_.reopen();
    EXPECT_THAT(this->rows(), kept);
    EXPECT_EQ(this->get(kFirst, "b"), "first");
    batch.clear();
    batch.erase(kFirst, "a");
    batch.put_if_absent(kFirst, "a", "anew");
    batch.put(kFirst, "b", "replaced");
    this->write(batch);
    EXPECT_EQ(this->get(kFirst, "a"), "anew");
    EXPECT_EQ(this->get(kFirst, "b"), "replaced");
}

TYPED_TEST(StoreContract, ScansGoUpAndDownWithinTheirBounds) {
    Batch batch;
    for (const char* key : {"a", "b", "c", "d"}) batch.put(kFirst, key, key);
    this->write(batch, Sync::no);
    EXPECT_THAT(this->rows("b", "d"), ElementsAre(Pair("b", "b"), Pair("c", "c")));
    EXPECT_THAT(this->rows("c"), ElementsAre(Pair("c", "c"), Pair("d", "d")));
    EXPECT_THAT(this->rows("b", "d", true), ElementsAre(Pair("c", "c"), Pair("b", "b")));
    EXPECT_THAT(this->rows("c", {}, true), ElementsAre(Pair("d", "d"), Pair("c", "c")));
    EXPECT_THAT(this->rows("e"), IsEmpty());
}

TEST(RocksStore, APathThatCannotBeMadeIsRefused) {
    RocksOptions options;
    options.path = "/proc/nowhere";
    options.tables = {{.name = "first"}};
    const auto opened = open_rocks_store(options);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::io);
}

}  // namespace
}  // namespace mercaptan::store
