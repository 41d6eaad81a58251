"""What a backup, or its way back, is refused for."""

from __future__ import annotations

from collections.abc import Sequence

from survey.errors import SurveyError


class BackupFailed(SurveyError):
    """No backup was made; an older file of the same name is still there."""

    code = "BACKUP_FAILED"


class BackupDamaged(SurveyError):
    """The file is no backup, was cut off, or was changed after it was made."""

    code = "BACKUP_DAMAGED"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"备份文件不完整或被改动过（{what}），什么也没有恢复，请换一份备份",
            f"The backup is incomplete or was changed ({what}); nothing was restored, take another",
        )


class BackupMismatch(SurveyError):
    """The backup was made by another kind of database, or by a later release."""

    code = "BACKUP_MISMATCH"


class ProgramMissing(SurveyError):
    """PostgreSQL's own programs do the copying, and one is not installed."""

    code = "PROGRAM_MISSING"

    def __init__(self, program: str) -> None:
        super().__init__(
            f"没有找到 {program}，请先安装：apt-get install postgresql-client",
            f"{program} is not installed; type: apt-get install postgresql-client",
        )


class KeysMissing(SurveyError):
    """The keystore is not the one that the backup belongs to."""

    code = "RESTORE_KEYS"

    def __init__(self, what: str) -> None:
        super().__init__(
            f"密钥文件夹和这份备份对不上（{what}），请先把密钥副本放回 PINGYI_KEYSTORE；"
            "确实没有副本的，加 --without-keys",
            f"The keystore does not belong to this backup ({what}); put its copy back into "
            "PINGYI_KEYSTORE first, or say --without-keys if there is none",
        )


class RestoreRevives(SurveyError):
    """What has happened since the backup would be undone: used tickets would be good again."""

    code = "RESTORE_REVIVES"

    def __init__(self, opened: Sequence[str], lost: Sequence[str]) -> None:
        zh, en = [], []
        if opened:
            zh.append(f"{'、'.join(opened)} 在备份之后已经启封，用过的票会复活")
            en.append(f"{', '.join(opened)} opened since, used tickets would be good again")
        if lost:
            zh.append(f"{'、'.join(lost)} 是备份之后才开的，答卷会丢失")
            en.append(f"{', '.join(lost)} began since, its answers would be lost")
        super().__init__(
            f"没有恢复：{'；'.join(zh)}。确要恢复，请两个人办："
            "--despite-newer --reason 原因 --as 甲 --approved-by 乙",
            f"Nothing was restored: {'; '.join(en)}. If it must be, two people decide: "
            "--despite-newer --reason TEXT --as A --approved-by B",
        )


class OverrideRefused(SurveyError):
    """Undoing what happened since takes two people and a reason."""

    code = "OVERRIDE_REFUSED"

    def __init__(self) -> None:
        super().__init__(
            "恢复旧备份要两个人和一个原因：--reason、--as、--approved-by 都要写，且不是同一个账号",
            "An old backup takes two people and a reason: give --reason, --as and --approved-by, "
            "two different accounts",
        )
