"""The privacy notice, made from the settings that are in force."""

from __future__ import annotations

from dataclasses import dataclass

from reports.rule_fields import K_INTERNAL_FLOOR, K_PUBLIC_FLOOR
from survey.collection.keeping import CONTACTS_KEPT, USED_KEPT
from survey.config import Config
from survey.rectification.callbacks import KEPT_AFTER_CLOSING


@dataclass(frozen=True)
class Part:
    """A heading with sentences and, below them, points."""

    title: str
    texts: tuple[str, ...]
    points: tuple[str, ...] = ()


def notice(config: Config, language: str) -> tuple[Part, ...]:
    """Return the notice in `language`; every number and every claim is that of this platform."""
    return _english(config) if language == "en" else _chinese(config)


def _chinese(config: Config) -> tuple[Part, ...]:
    return (
        Part(
            "谁在收，收什么",
            (
                "组织评议的单位写在每张评议表的第一页。只收您在表上点选和填写的内容。",
                "不登录，不用小程序授权，不设Cookie，页面不向任何别的网站要东西。",
            ),
            (
                "存：您的选择和文字，加密后存；填写大约用了多少秒，只用来判断是不是没看就点，不单独保存。",
                "不存：姓名、手机号码、位置、IP地址、手机型号、提交的时间和先后。",
            ),
        ),
        Part(
            "怎样封存，什么时候打开",
            (
                "每份答卷一到就用本轮票箱的公钥加密，并补到固定的长度，看不出写了多少。私钥放在数据库以外。",
                "截止以前不开箱，主办单位也看不到任何结果，只看得到大约收了多少份。",
                "截止以后一次打开，打乱次序，计票，核对无误后销毁私钥。",
                "好差评、征求意见、回头看这几类天天收的，每天一只票箱，第二天早上打开，所以看得出一份答卷是哪一天的；"
                "一个月过完，各天并在一起，只看得出是哪个月的。数字每次至少增加"
                f"{K_PUBLIC_FLOOR}份才更新。",
                f"防止重复提交的凭证清单，轮次结束{USED_KEPT.days}天以后删除。",
            ),
        ),
        Part(
            "结果怎样公布",
            (
                f"不满{K_PUBLIC_FLOOR}份的结果不公布；单位内部不满{K_INTERNAL_FLOOR}份的也不显示，"
                "能倒推出来的一并不显示。",
                "有两样不等凑够份数，好早点办。差评：第二天早上窗口看得到那天有几个、哪一级、什么原因，别的看不到。"
                "征求意见里写的话：第二天早上由被提到单位的上级看，用来处理，遮住里面像电话、证件号的；"
                "被提到的单位看不到原话，原话不公布；处理了哪一条、在哪天，会记下来。",
                "您写的话和您的选择分开存放、各自打乱；里面像有电话或证件号的，提交前会提醒一次。",
            ),
        ),
        Part(
            "您留下的电话",
            (
                "只有选了愿意接受回访才会问。电话另外加密，和答卷之间没有编号可以对上，只用来回访。"
                "只有被评单位的上级能看，看一次写一次理由，都有记录，纪检监督会复核；被评的单位自己看不到。",
            ),
            (
                "打了差评留下的电话，会归到那个窗口那一天的差评事项上，好让人给您回话"
                "（那天要是只有您一个差评，回话的人就知道是您打的）；"
                f"事项办结{KEPT_AFTER_CLOSING.days}天以后连同密钥一起删除。",
                f"别的电话不归到任何一件事上，轮次结束{CONTACTS_KEPT.days}天以后连同密钥一起删除。",
            ),
        ),
        Part(
            "回执能证明什么",
            (
                "回执只能证明您的答卷已经计入，不能显示您的答案，所以别人拿到也没有用。",
                "凭它还可以看那里公开的问题办到哪一步，再评价时对每件事评一次。查看是在您手机上对的，"
                "没有人知道是哪个回执（手机不能运行脚本的，由服务器查，查完不留）。评的时候，服务器要核对一次回执在不在名单里，"
                "核对完不留，只留一个加了密钥的记号防止重复；再评价结束，密钥就销毁。",
            ),
        ),
        Part(
            "您手机里留下什么",
            (
                "没有提交的草稿，最多留24小时，不含电话号码；提交以后删掉。",
                "点了提交还没有确认送到的，一直留到送到为止，下次打开本站任何一页时再送，也不含电话号码。",
                "回执编号和大字设置会留着。",
                "借用的手机，请在提交以后清除浏览记录。",
            ),
        ),
        Part(
            "做不到的",
            ("我们说得出的，都做得到；下面这些做不到，先告诉您。",),
            (
                "有人在旁边看着您填。",
                "您写的话里说出了自己是谁，或者别人认得出您的口气。",
                "有人控制了正在运行的服务器，他从那一刻起看得到送来的内容和来处。",
                "公开张贴的二维码不保证一人一票，报告里会写明。",
                _transport_chinese(config),
            ),
        ),
        Part(
            "您的权利",
            (
                "填不填由您，中途可以离开。提交后因为认不出是哪一份，不能修改、查看或删除。",
                "有疑问或要投诉，请找评议表上写的组织单位，或向区办反映。",
            ),
        ),
    )


def _transport_chinese(config: Config) -> str:
    if config.is_secure:
        return "页面经加密连接传送，但网络运营者仍然知道您打开过本站。"
    return "本站目前没有启用加密连接（https），同一网络里的人可能看到您填的内容。"


def _english(config: Config) -> tuple[Part, ...]:
    return (
        Part(
            "Who collects, and what",
            (
                "Who runs an evaluation stands on the first page of its form. "
                "Only what you tap and write on the form is collected.",
                "No login, no cookie, and nothing is loaded from any other site.",
            ),
            (
                "Stored: your choices and words, encrypted. How many seconds you took serves only "
                "to notice answers given without reading; it is not kept.",
                "Not stored: name, telephone, location, IP address, device, time or order.",
            ),
        ),
        Part(
            "Sealing and opening",
            (
                "Every answer is encrypted on arrival with the public key of the round's box and "
                "padded, so that its length tells nothing. "
                "The private key lies outside the database.",
                "The box is not opened before the close. Until then nobody sees a result, not "
                "even the organiser; only roughly how many answers have come.",
                "After the close it is opened once, shuffled, counted and checked; "
                "then the key is destroyed.",
                "Service ratings, consultations and rechecks run for long: they have a box for "
                "each day, opened the next morning, so the day of an answer is known. When a month "
                "is over its days are put together, and only the month is. Figures move on by "
                f"{K_PUBLIC_FLOOR} answers at least.",
                "The list that stops an answer from counting twice is deleted "
                f"{USED_KEPT.days} days after the round.",
            ),
        ),
        Part(
            "Publication",
            (
                f"Results of fewer than {K_PUBLIC_FLOOR} answers are not published, of fewer "
                f"than {K_INTERNAL_FLOOR} not shown inside the office either, nor anything "
                "they could be worked out from.",
                "Two things do not wait for that many, so that something is done soon. Bad "
                "ratings: the next morning the window sees how many it got that day, with level "
                "and reasons, nothing else. What you write in a consultation: the next morning "
                "the level above the place you name reads it, to act on it, with what looks like "
                "a telephone or identity number masked; the place itself never sees your words, "
                "and they are not published. Which entry was dealt with, and on what day, is kept.",
                "Your words are kept apart from your choices and shuffled by themselves. If they "
                "seem to hold a telephone or identity number, you are asked once before sending.",
            ),
        ),
        Part(
            "A telephone number you leave",
            (
                "It is asked for only if you agree to be called back. It is sealed separately, "
                "nothing ties it to your answers, and it serves for the call alone. Only the level "
                "above those you rated can open it, each time with a reason that goes on record "
                "and that the supervisor checks; those you rated never see it.",
            ),
            (
                "A number left with a bad rating goes to the item of that window and day, so that "
                "somebody can answer you; were you the only one that day, whoever calls knows that "
                f"it was you. {KEPT_AFTER_CLOSING.days} days after the item is done "
                "it is deleted, and its key with it.",
                "Any other number is tied to nothing, and is deleted with its key "
                f"{CONTACTS_KEPT.days} days after the round.",
            ),
        ),
        Part(
            "What a receipt proves",
            (
                "That your answer was counted, never what it was; it is of no use to anybody else.",
                "With it you can also follow the public problems of that place, and judge each of "
                "them once when residents are asked. Looking up happens on your phone and tells "
                "nobody which receipt it was (without script the server looks, and keeps nothing). "
                "To judge, the server checks once that the receipt is on the list. It keeps only a "
                "mark made with a key, so that it counts once; the key is destroyed at the end.",
            ),
        ),
        Part(
            "What stays on your phone",
            (
                "A draft for at most 24 hours, without telephone numbers; it goes once it is sent.",
                "What you submitted and was not confirmed stays until it has arrived, and is sent "
                "again by any page of ours that you open, also without telephone numbers.",
                "The receipt and the large-type setting stay.",
                "On a borrowed phone, clear the history after sending.",
            ),
        ),
        Part(
            "What we cannot protect against",
            ("We say it beforehand.",),
            (
                "Somebody looking over your shoulder.",
                "Words that tell who you are, or that people know to be yours.",
                "Somebody in control of the running server: from then on he sees what arrives "
                "and from where.",
                "A poster cannot ensure one person, one answer; reports say so.",
                _transport_english(config),
            ),
        ),
        Part(
            "Your rights",
            (
                "Answering is up to you, and you may leave at any time. Once sent, nobody can tell "
                "which answer is yours, so it cannot be changed, shown or deleted.",
                "With questions or complaints, turn to the organiser named on the form, "
                "or to the district office.",
            ),
        ),
    )


def _transport_english(config: Config) -> str:
    if config.is_secure:
        return "Pages travel encrypted, but your network still knows that you visited this site."
    return (
        "This site does not use an encrypted connection (https) at present; "
        "others in the same network might see what you enter."
    )
