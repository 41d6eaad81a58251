"""The words of residents' pages, in Chinese and English.

Forms are rendered once, outside any request, and their wording is part of the page that is
frozen when a round opens; so it is kept as data rather than looked up per request.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from survey.web.public.receipt_wording import RECEIPT_TEXTS

LANGUAGES = ("zh", "en")
HTML_LANGUAGES = {"zh": "zh-CN", "en": "en"}

_TEXTS: dict[str, tuple[str, str]] = {
    # every page
    "product": ("群众评议", "Residents' evaluation"),
    "large": ("大字", "Large"),
    "normal": ("标准字", "Normal"),
    "large_label": ("大字版", "Large type"),
    "other_language": ("English", "中文"),
    "privacy_link": ("您的答卷怎样保密", "How your answers stay secret"),
    # form: cover
    "please": ("请您评议", "Please evaluate"),
    "box_picture": ("贴着封条的投票箱", "A ballot box with strips of seal"),
    "anonymous": ("不记名", "Anonymous"),
    "anonymous_text": ("不登录，不问姓名，不记位置", "No login, no name, no location"),
    "minutes": ("约{minutes}分钟", "About {minutes} min"),
    "minutes_text": ("点选就行，最后可以写几句话", "Just tap; a few words at the end if you like"),
    "minutes_text_short": ("点选就行", "Just tap"),
    "anonymous_ticket": (
        "票上没有编号，不登录，不问姓名",
        "No number on the slip, no login, no name",
    ),
    "few": ("人少保密", "Small groups"),
    "few_text": ("不满{least}份的结果不公布", "Fewer than {least} answers are not published"),
    "sealed": ("票箱已封", "Sealed box"),
    "sealed_daily": ("每天一箱，第二天才打开", "One box a day, opened the day after"),
    "sealed_text": ("{date}截止前不开箱", "Not opened before it closes on {date}"),
    "start": ("开始评议", "Start"),
    "organiser": ("组织评议：{organiser}", "Run by: {organiser}"),
    "paper_way": (
        "不方便用手机，可以要一张纸质评议表。",
        "If a phone is not convenient, ask for a paper form.",
    ),
    "answered_before": (
        "这部手机已经交过%份。这次是为家人代填吗？",
        "Sent from this phone already: %. Is this one for somebody in your family? ",
    ),
    "see_receipt": ("看回执", "See the receipt"),
    # form: questions
    "part": ("第{part}部分", "Part {part}"),
    "of_pages": ("（{page}／{pages}）", " ({page}/{pages})"),
    "optional_page": ("可以不写，直接提交", "You may leave this empty and submit"),
    "may_choose_many": ("（可多选）", " (several allowed)"),
    "may_choose_many_or_none": ("（可多选，可不选）", " (several allowed, optional)"),
    "may_skip": ("（可不选）", " (optional)"),
    "no_names": ("请不要写姓名和电话", "Please write no names or telephone numbers"),
    "longest": ("最多%字", "At most % characters"),
    "so_far": ("已写%字，还可写%字", "% written, % left"),
    "too_long": ("超出%字", "% too many"),
    # form: conditions, where no script hides what does not apply
    "only_if": (
        "只在上面“{question}”选了{options}时填",
        "Only if you chose {options} at “{question}”",
    ),
    "only_if_any": (
        "只在上面有一题选了{options}时填",
        "Only if you chose {options} at any question above",
    ),
    "unless": (
        "上面“{question}”选了{options}的不用填",
        "Not needed if you chose {options} at “{question}”",
    ),
    "only_if_needed": ("只在上面的回答与它有关时填", "Only if your answers above call for it"),
    "quoted": ("“{text}”", "“{text}”"),
    "or": ("或", " or "),
    # form: moving on and sending
    "progress": ("答题进度", "Progress"),
    "page_of": ("第%页，共%页", "Page % of %"),
    "back": ("上一页", "Back"),
    "next": ("下一页", "Next"),
    "submit": ("提交评议", "Submit"),
    "sending": ("正在送出…", "Sending…"),
    "working": ("防刷票验算中，请等几秒…", "Proving this is no robot, some seconds…"),
    "waiting": (
        "上一份评议未确认，正在自动重试",
        "Your last answers: not confirmed, trying again",
    ),
    "arrived": ("上一份评议刚刚送到了。", "Your last answers have just arrived. "),
    "look_again": ("还有一份评议没有交成。", "One set of answers could not be taken in. "),
    "number_again": (
        "还有一份评议没有送到，缺回访电话。",
        "One set of answers is waiting for the number to call back. ",
    ),
    "unconfirmed": ("未确认，将自动重试", "Not confirmed, trying again by itself"),
    "unconfirmed_text": (
        "您的评议还在这部手机里，不用重填。开着本页会一直重试；"
        "关了，下次在这部手机上打开任何一张评议页面时再送。",
        "Your answers are still in this phone. It goes on trying while this page is open; if you "
        "close it, they are sent when a page of ours is next opened on this phone.",
    ),
    "unconfirmed_stay": (
        "您的评议还在这部手机里，不用重填。请先别关本页。",
        "Your answers are still in this phone. Please keep this page open.",
    ),
    "retry": ("现在再试一次", "Try again now"),
    "after_submit": (
        "提交后加密封存，不能再修改。",
        "Sealed on arrival; cannot be changed afterwards.",
    ),
    "your_receipt": (
        "您的回执编号，由服务器生成。要查是否计入，请先记下或截图：",
        "Your receipt, made by the server. Note it down or take a screenshot to check later that "
        "it was counted:",
    ),
    "missing": ("还有%题没有答好", "Still to answer: %"),
    "too_soon": (
        "请再看一遍，等20秒再点“提交评议”。您填的都还在。",
        "Please look through it once more and send it again after 20 seconds. "
        "What you entered is kept.",
    ),
    "changed_form": (
        "评议表更新过。您填的都还在，请看一遍再提交。",
        "The form has been updated. What you entered is kept; "
        "please look it over and submit again.",
    ),
    "ask_personal": (
        "您写的话里好像有电话号码或证件号。删掉再交，别人就认不出您；不删也可以再点一次提交。",
        "There seems to be a telephone or ID number in your text. Better remove it; "
        "or submit once more as it is.",
    ),
    # headings of pages that the questionnaire gives no title
    "title_profile": ("先说说您的情况", "First, about you"),
    "title_fact": ("先说说今天办的事", "First, about your visit"),
    "title_matter": ("您想说哪方面的事", "What is it about"),
    "title_contact": ("怎么联系您", "How to reach you"),
    "title_details": ("请把事情说具体些", "What exactly"),
    "title_importance": ("您最看重什么", "What matters most to you"),
    "title_problem": ("哪里最该改进", "What most needs improving"),
    "title_overall": ("总体评价", "Overall"),
    "title_open": ("最后，说几句心里话", "Finally, in your own words"),
    "title_other": ("请您评一评", "Your evaluation"),
    # thanks
    "thanks_title": ("已提交", "Submitted"),
    "thanks": ("您的评议已提交", "Your evaluation has been submitted"),
    "thank_you": ("谢谢您！", "Thank you!"),
    "thanks_lead": (
        "您反映的问题将进入整改台账，处理结果会在本码公布页公开。",
        "Problems you reported go on the list of things to put right; "
        "what comes of them will be published under this code.",
    ),
    "receipt": ("回执编号", "Receipt"),
    "receipt_meaning": (
        "启封后，凭它可以查到您的票已计入。它只能证明您的答卷已计入，不能显示您的答案。",
        "Once the box is opened it shows that your answer was counted. "
        "It cannot show what you answered.",
    ),
    "receipt_elsewhere": (
        "提交按钮上方印的编号，就是您的回执编号。",
        "The number printed above the submit button is your receipt.",
    ),
    "receipt_code": ("评议码：{code}", "Code of this form: {code}"),
    "copy_number": ("复制编号", "Copy"),
    "save_picture": ("存成图片", "Save as picture"),
    "copied": ("编号已复制。", "Copied."),
    "copy_by_hand": ("请长按上面的编号来复制。", "Press and hold the number above to copy it."),
    "save_by_hand": ("请长按图片保存。", "Press and hold the picture to save it."),
    "picture_title": ("群众评议 · 回执编号", "Residents' evaluation · Receipt"),
    "picture_text": (
        "启封后凭它查询是否计入，不显示您的答案。",
        "Shows that your answer was counted, never what it was.",
    ),
    "what_next": ("接下来", "What happens next"),
    "next_today": ("今天", "Today"),
    "next_today_text": ("您的票已加密投进票箱", "Your answers are in the sealed box"),
    "next_close_text": ("评议截止", "The evaluation closes"),
    "next_open": ("截止以后", "After that"),
    "next_open_text": (
        "启封计票，可以查回执",
        "The box is opened and counted; receipts can be checked",
    ),
    "next_day": ("明天", "Tomorrow"),
    "next_day_text": (
        "今天这箱打开计票，可以查回执",
        "Today's box is opened and counted; receipts can be checked",
    ),
    "next_results": ("审定以后", "After review"),
    "next_results_text": ("公布结果和整改情况", "Results and what is put right are published"),
    "check_receipt": ("查我的回执", "Check my receipt"),
    "may_close": (
        "可以关闭本页了。借用的手机请清除浏览记录。",
        "You may close this page. On a borrowed phone, clear the history.",
    ),
    "not_sent_title": ("这是提交后的页面", "This page follows a submission"),
    "not_sent": (
        "如果您刚刚提交，评议已经收到。还没有填的，请从这里开始。",
        "If you have just submitted, it has arrived. If not, start here.",
    ),
    # pages instead of a form
    "not_found": ("没有找到这个码", "There is no such code"),
    "not_found_text": (
        "请核对票上的8个字符，或再扫一次。",
        "Please check the 8 characters on the slip, or scan again.",
    ),
    "not_open": ("本轮评议还没有开始", "This evaluation has not started yet"),
    "not_open_text": (
        "{date}开始。到时请再扫一次。",
        "It starts on {date}. Please scan again then.",
    ),
    "abandoned": ("本轮评议已经作废", "This evaluation was given up"),
    "abandoned_text": (
        "打开票箱的密钥丢失了，您交的评议谁也打不开，已经全部销毁，没有任何人看过。"
        "对不起。请等区办通知，重新参加评议。",
        "The key of the box was lost. Nobody has read your answer or ever will: all are destroyed. "
        "We are sorry. The office will announce a new evaluation.",
    ),
    "day_lost": ("没有找到这个回执", "This receipt is not on the list"),
    "day_lost_text": (
        "打开{days}票箱的密钥丢失了，那时交的评议谁也打不开，已经全部销毁，没有任何人看过。"
        "如果您是那时交的，对不起，请再评一次；别的时候交的，启封以后再来查。",
        "The key of the box of {days} was lost. What was sent then nobody has read or ever will: "
        "it is destroyed. If yours was sent then, we are sorry; please answer again. If not, look "
        "again once that box is opened.",
    ),
    "late_paper": ("截止以后补录的纸质票", "the paper keyed after the close"),
    "closed": ("本轮评议已于{date}截止", "This evaluation closed on {date}"),
    "closed_text": (
        "不能再提交了。审定以后，可以看结果和整改情况。",
        "Nothing more can be submitted. Results will be published after review.",
    ),
    "too_late": ("本轮评议已于{date}截止", "This evaluation closed on {date}"),
    "too_late_text": (
        "您这份没有赶上，没有计入。写的内容只在您的手机里。",
        "Yours came too late and was not counted. What you wrote is only on your phone.",
    ),
    "not_this_form": ("没有看懂送来的内容", "What arrived could not be read"),
    "not_this_form_text": (
        "这一份没有收下。请回到评议表，再提交一次；写的都还在手机里。",
        "It was not taken in. Please go back to the form and submit again.",
    ),
    "foreign_page": ("请从评议页面提交", "Please submit from the form itself"),
    "foreign_page_text": (
        "这份内容是从别的网站送来的，没有收下。请再扫一次码。",
        "This was sent from another site and not taken in. Please scan the code again.",
    ),
    "too_large": ("送来的内容太长了", "What arrived is too long"),
    "too_large_text": (
        "没有收下。请把写的话删短一点，再提交一次。",
        "It was not taken in. Please shorten your text and submit again.",
    ),
    "busy": ("这会儿人多，还没有收下", "Busy right now; not taken in yet"),
    "busy_text": (
        "您写的都还在手机里。请过一会儿再点一次提交。",
        "What you wrote is still on your phone. Please submit again in a moment.",
    ),
    "fault": ("我们这边出了点问题", "Something went wrong on our side"),
    "fault_text": (
        "您写的都还在手机里。请过一会儿再试一次。",
        "What you wrote is still on your phone. Please try again in a moment.",
    ),
    "to_form": ("回到评议表", "Back to the form"),
    "to_entry": ("输入评议码", "Enter a code"),
    # entry page
    "entry_title": ("扫码或输入评议码", "Scan or enter a code"),
    "entry_text": (
        "评议码是海报、桌牌或评议票上二维码下面的8个字符。",
        "The code is the 8 characters below the QR code on the poster, card or slip.",
    ),
    "code_label": ("评议码", "Code"),
    "code_hint": ("8个字符，不分大小写", "8 characters, upper or lower case"),
    "code_wrong": ("应该是8个字符，请核对一下", "It should be 8 characters; please check"),
    "entry_go": ("去评议", "Go"),
    "entry_about": (
        "不登录，不问姓名。答卷加密后才存下来，截止前谁也看不到结果。",
        "No login, no name. Answers are sealed before they are stored; "
        "nobody sees results before the close.",
    ),
    # tickets
    "ticket_title": ("用评议票评议", "Evaluate with a ticket"),
    "ticket_text": (
        "请用手机扫票上的二维码，或输入码下面的16个字符。",
        "Scan the QR code on your slip, or type the 16 characters below it.",
    ),
    "ticket_label": ("票上的16个字符", "The 16 characters on the slip"),
    "ticket_hint": (
        "4个一组，不分大小写，空格可以不输",
        "Groups of 4, upper or lower case, spaces may be left out",
    ),
    "ticket_wrong": ("应该是16个字符，请核对一下", "It should be 16 characters; please check"),
    "ticket_not_found": (
        "没有找到这张票。请核对票上的16个字符，或再扫一次。",
        "There is no such ticket. Please check the 16 characters, or scan it again.",
    ),
    "ticket_wait": (
        "现在有人在乱试票号。请等20秒再点一次，您的票照样有效。",
        "Somebody is trying out codes. Wait 20 seconds and go on; your ticket is as good as ever.",
    ),
    "ticket_about": (
        "一张票只能用一次。票上没有编号，系统不记谁领了哪张。",
        "A slip counts once. It bears no number, and the platform does not note who got which.",
    ),
    "ticket_refused": (
        "这张评议票已经使用过，或者不能再用",
        "This ticket has been used, or cannot be used any more",
    ),
    "ticket_refused_text": (
        "如有疑问请联系发票人员。",
        "If you have doubts, please ask whoever handed it out.",
    ),
    "picture_hint": (
        "照片会缩小，里面的时间、地点和手机型号都会去掉。请不要拍到别人的脸。",
        "The picture is made small, and its time, place and device are taken out. "
        "Please show no faces.",
    ),
    "picture_other": (
        "这张图片打不开，没有选上。请换一张照片再试（jpg、png、webp）",
        "This picture cannot be opened and was left out. Try another one (jpg, png, webp)",
    ),
    "picture_lost": (
        "刚才没有交成。手机上不存照片，请重新选照片，再点提交。",
        "It was not sent. Pictures are not kept on the phone: choose it again, then submit.",
    ),
    "case_rated": ("这件事已经评价过了", "This case has been rated already"),
    "case_rated_text": (
        "每办一次事评一次，先交的那份算数。",
        "Each visit is rated once; the first rating counts.",
    ),
    "needs_slip": ("评议{place}要用评议票", "Evaluating {place} takes a ticket"),
    "needs_slip_text": (
        "每人一张，一票只用一次。请扫票上的二维码，或输入票上的16个字符。没有票的，请找发票人员领。",
        "One for each person, each counts once. Scan the QR code on the slip, or type its 16 "
        "characters. If you have none, ask whoever hands them out.",
    ),
    "to_ticket": ("输入评议票", "Enter a ticket"),
    # privacy page
    "privacy_title": ("您的答卷怎样保密", "How your answers stay secret"),
}

CATALOGUES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        language: MappingProxyType(
            {key: texts[index] for key, texts in (_TEXTS | RECEIPT_TEXTS).items()}
        )
        for index, language in enumerate(LANGUAGES)
    }
)


def words(language: str) -> Mapping[str, str]:
    """Return every text in `language`; Chinese where the language is not known."""
    return CATALOGUES.get(language, CATALOGUES["zh"])


def day(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """Return the local date of `instant` as people say it, without the year."""
    local = instant.astimezone(zone)
    if language == "en":
        return f"{local.day} {local:%B}"
    return f"{local.month}月{local.day}日"


def full_day(value: date, language: str, *, by_month: bool = False) -> str:
    """Return a date with its year as people say it; its month alone where the day stays unsaid."""
    if language == "en":
        return f"{value:%B %Y}" if by_month else f"{value.day} {value:%B %Y}"
    month = f"{value.year}年{value.month}月"
    return month if by_month else f"{month}{value.day}日"


def last_day(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """Return the last day before `instant`: who closes at midnight means the day that ends."""
    return day(instant - timedelta(microseconds=1), zone, language)
