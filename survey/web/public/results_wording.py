"""What pages of published results say, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_TEXTS: dict[str, tuple[str, str]] = {
    "results": ("公布的评议结果", "Published results"),
    "product": ("群众评议", "Residents' evaluation"),
    "all_results": ("全部公布结果", "All published results"),
    "none": ("还没有公布过评议结果", "No results have been published yet"),
    "none_text": (
        "评议截止、启封、审定并公示以后，结果在这里公布。",
        "Results appear here once an evaluation is closed, counted, approved and has been on "
        "notice.",
    ),
    "list_text": (
        "每一轮评议的结果、正在整改的问题和核验数据都在这里。票数太少的，为保护填票人不予公布。",
        "Results of each evaluation, what is being put right, and data to check them with. Where "
        "too few answered, nothing is published, to protect them.",
    ),
    "of": ("{name}评议结果", "{name}: results"),
    "when": ("{first}—{last}评议，{day}公布", "Answered {first} – {last}, published {day}"),
    "when_notice": ("{first}—{last}评议", "Answered {first} – {last}"),
    "state_notice": ("公示中", "On notice"),
    "state_published": ("已公布", "Published"),
    "notice_title": ("公示", "Notice"),
    "notice_text": (
        "公示期{first}至{last}。对结果有异议的，请在公示期内向下面的单位反映。反映问题要实事求是；"
        "以单位名义反映的请加盖公章，以个人名义反映的请提供联系方式。",
        "On notice from {first} to {last}. If you object to a result, please tell the office below "
        "within this time. Keep to the facts; an organisation's letter bears its seal, a person's "
        "says how to reach them.",
    ),
    "office": ("受理单位", "Office"),
    "phone": ("电话", "Telephone"),
    "email": ("邮箱", "E-mail"),
    "address": ("地址", "Address"),
    "withdrawn": ("这一版结果已经撤回", "These results were withdrawn"),
    "withdrawn_text": ("{day}撤回。原因：{reason}", "Withdrawn on {day}. Reason: {reason}"),
    "say": (
        "{n}位群众评了{name}，满意率{rate}。",
        "{n} people evaluated {name}; {rate} are satisfied.",
    ),
    "say_total": (
        "{members}个{kind}收到有效票{n}张，按人数加权的满意率{rate}。",
        "{members} {kind} received {n} valid answers; weighted by size, {rate} are satisfied.",
    ),
    "say_total_bare": (
        "{members}个{kind}参加了评议，按人数加权的满意率{rate}。",
        "{members} {kind} were evaluated; weighted by size, {rate} are satisfied.",
    ),
    "say_best": (
        "得分最高的是“{best}”，最低的是“{last}”。",
        "“{best}” scores highest, “{last}” lowest.",
    ),
    "say_first": ("最该先改的是“{first}”。", "To be put right first: “{first}”."),
    "few": ("—（样本不足）", "— (too few answers)"),
    "few_text": (
        "有效票不足{k}张，或者公布了会让人推算出不足{k}张的对象。为保护填票人，不予公布；这不表示好或不好。",
        "Fewer than {k} valid answers, or publishing them would give such a place away. To protect "
        "those who answered nothing is shown; this says neither good nor bad.",
    ),
    "few_many": ("样本不足、不予公布的{count}个", "{count} with too few answers"),
    "few_why": (
        "有效票不足{k}张，或者公布了会让人推算出不足{k}张的对象。不予公布不表示好或不好。",
        "Fewer than {k} valid answers, or publishing them would give such a place away; this says "
        "neither good nor bad.",
    ),
    "unanimous": (
        "基本满意以上率{mark}；票数偏少且意见一致，为保护填票人，不列具体数字。",
        "Basically satisfied or better: {mark}. Few answered and all agree; no figures are shown, "
        "to protect them.",
    ),
    "top2": ("满意率（满意以上）", "Satisfied or better"),
    "top3": ("基本满意以上率", "Basically satisfied or better"),
    "index": ("满意度指数", "Satisfaction index"),
    "points": ("分", "of 100"),
    "interval": ("区间{low}～{high}", "interval {low}–{high}"),
    "census": ("全员参评", "everybody answered"),
    "small": ("样本偏少", "few answers"),
    "items_title": ("各项评议，哪样好哪样差", "What is good and what is not"),
    "items_lead": (
        "横线是95%区间：参评人数有限，实际得分大致在这一段里。",
        "Black lines are 95% intervals: few were asked, and the true score lies about there.",
    ),
    "items_note": ("满分100。", "Out of 100. "),
    "peer": ("同类平均{value}", "Mean of its kind {value}"),
    "above": ("{names}高于同类平均；", "{names}: above the mean of its kind. "),
    "below": ("{names}低于同类平均；", "{names}: below the mean of its kind. "),
    "same": ("其余与平均差别不明显。", "The others do not clearly differ from it."),
    "first_title": ("先改哪一样", "What to put right first"),
    "first_lead": (
        "越靠上越要紧，越靠左越不满意。左上角的先改。",
        "Higher: matters more. Further left: less content. The upper left comes first.",
    ),
    "first_note": ("虚线是各项的平均值。", "Dashed lines are means."),
    "spread_title": ("大家是怎么评的", "How people answered"),
    "spread_note": (
        "数字是百分比，太窄的不标。“不了解／未遇到”不计入。",
        "Figures are percentages. “Don't know” is left out.",
    ),
    "performance": ("满意程度", "Performance"),
    "importance": ("重要程度", "Importance"),
    "children_unit": ("所属支部和窗口", "Branches and windows"),
    "children_units": ("各单位", "Units"),
    "children_sectors": ("各系统", "Sectors"),
    "children_sector": ("本系统各对象", "Places of this sector"),
    "children_direct": ("直接隶属全区的", "Directly under the district"),
    "children_note": (
        "按名册排列，不是名次。梯队由统计区间划定，同一梯队不分先后。",
        "In the order of the register, not of merit. Bands follow statistical intervals; within a "
        "band there is no order.",
    ),
    "district": ("全区", "The district"),
    "place": ("对象", "Place"),
    "n": ("有效票", "Valid answers"),
    "band": ("梯队", "Band"),
    "band_1": ("第一梯队", "First band"),
    "band_2": ("第二梯队", "Second band"),
    "band_3": ("第三梯队", "Third band"),
    "branches": ("党支部", "branches"),
    "windows": ("服务窗口", "windows"),
    "low_return": ("回收率不到一半", "fewer than half came back"),
    "fixing": ("正在整改的问题", "What is being put right"),
    "fixing_none": ("目前没有公开的整改事项。", "No item is public at present."),
    "fixing_later": (
        "正式公布以后，评议中发现的问题在这里逐件公开。",
        "Once the results are published, what they brought up is listed here.",
    ),
    "due": ("限{day}办结", "due {day}"),
    "done": ("{day}销号", "closed {day}"),
    "promises": ("公开承诺", "Public commitments"),
    "promise_due": ("{day}前", "by {day}"),
    "board": ("整改公示栏", "Rectification board"),
    "board_lead": (
        "本轮评议发现的问题，共{count}件。",
        "{count} problems that this evaluation brought up.",
    ),
    "counted": ("您的票算进去了吗", "Was your answer counted?"),
    "counted_text": (
        "输入提交时得到的回执编号，就能查到；只显示“已计入”，不显示您的答案。",
        "Enter the receipt you got: it shows that your answer was counted, never what it was.",
    ),
    "counted_go": ("用回执编号查询", "Check a receipt"),
    "files": ("下载", "Downloads"),
    "file_pdf": ("评议报告（PDF，公开版）", "Report (PDF, public version, in Chinese)"),
    "file_csv": ("全部公开数据（CSV）", "All public figures (CSV)"),
    "file_release": ("发布核验数据（JSON）", "Data to check this release (JSON)"),
    "file_receipts": ("已计入回执名单", "List of counted receipts"),
    "file_bundle": ("全轮核验数据（JSON）", "Data to check the whole round (JSON)"),
    "received": (
        "收到{received}份，其中{excluded}份答得过快且全选同一项，按规则未计入；{void}份无效。",
        "{received} received; {excluded} were answered too fast and all alike and left out by "
        "rule; {void} void.",
    ),
    "method": (
        "自愿参评，非随机样本；区间为95%。少于{k}张票的，以及能用相减推算出来的，都不公布。"
        "组织评议：{organiser}。",
        "Answers are voluntary, no random sample; intervals are 95%. Nothing is published of fewer "
        "than {k} answers or where they could be worked out. Run by: {organiser}.",
    ),
    "release": (
        "本页数字取自{name}，网页、报告和数据文件数字相同。发布摘要：",
        "Figures of this page are those of {name}, the same in pages, reports and files. Digest: ",
    ),
    "release_name": ("公开第{edition}版", "public edition {edition}"),
    "objections": (
        "公示期间收到异议{total}件，已答复{done}件。",
        "{total} objections during the notice, {done} answered.",
    ),
    "group_a": ("等人动手", "Waiting"),
    "group_b": ("办理中", "In work"),
    "group_c": ("核验中", "Being checked"),
    "group_d": ("已了结", "Finished"),
    "other_language": ("English", "中文"),
    "not_found": ("没有公布过这样的结果", "No such results are published"),
    "not_found_text": (
        "地址可能抄错了，也可能已经撤回。请从全部公布结果里找。",
        "The address may be wrong, or they were withdrawn. Please look in the list.",
    ),
    "and": ("、", ", "),
    "quoted": ("“{text}”", "“{text}”"),
}

CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        language: MappingProxyType({key: texts[index] for key, texts in _TEXTS.items()})
        for index, language in enumerate(("zh", "en"))
    }
)


def words(language: str) -> Mapping[str, str]:
    """Return every text of these pages in `language`."""
    return CATALOGUES[language]
