#include "common/domain/text_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace mercaptan {
namespace {

TEST(TextPool, GivesBackWhatItWasGivenWhateverItsLength) {
    TextPool pool;
    std::map<std::uint32_t, std::string> kept;
    constexpr std::array<std::size_t, 9> kSizes{0, 1, 7, 8, 63, 254, 255, 256, 70'000};
    for (const std::size_t size : kSizes) {
        const std::string text(size, static_cast<char>('a' + size % 26));
        EXPECT_TRUE(kept.emplace(pool.append(text), text).second) << size;
    }
    for (const auto& [place, text] : kept) EXPECT_EQ(pool.at(place), text);
}

TEST(TextPool, KeepsEqualTextsApart) {
    TextPool pool;
    EXPECT_NE(pool.append("det-1"), pool.append("det-1"));
}

TEST(Names, NumbersEachTextOnceInTheOrderOfItsComing) {
    Names names;
    constexpr std::uint32_t kMany = 10'000;  // Grows several times.
    for (std::uint32_t i = 0; i < kMany; ++i) {
        EXPECT_EQ(names.intern("site-" + std::to_string(i)), i);
        EXPECT_EQ(names.intern("site-" + std::to_string(i / 2)), i / 2);
    }
    EXPECT_EQ(names.size(), kMany);
    for (std::uint32_t i = 0; i < kMany; ++i) {
        EXPECT_EQ(names.at(i), "site-" + std::to_string(i));
        EXPECT_EQ(names.find("site-" + std::to_string(i)), i);
    }
    EXPECT_EQ(names.find("site-"), std::nullopt);
}

TEST(Names, TheEmptyTextIsATextToo) {
    Names names;
    EXPECT_EQ(names.find(""), std::nullopt);
    EXPECT_EQ(names.intern(""), 0U);
    EXPECT_EQ(names.intern("x"), 1U);
    EXPECT_EQ(names.find(""), 0U);
}

}  // namespace
}  // namespace mercaptan
