// All words of the pages, in both languages; a key of one is a key of the other (a test compares them).

import { CHAT } from "./texts_chat.js";
import { OPS } from "./texts_ops.js";

const shared = {
  zh: {
    "brand": "kefu 客服", "language.other": "English", "language.label": "切换到英文（Switch to English）",
    "error.slow": "服务器没有及时答复，请检查网关是否正常。", "error.unreachable": "无法连接服务器，请检查网络以及服务是否在运行。",
    "error.status": "服务器返回错误 {status}。",
    "source.script": "标准话术", "source.cache": "缓存", "source.knowledge": "知识库", "source.tool": "业务系统",
    "source.model": "AI 模型", "source.fallback": "兜底答复", "source.human": "人工客服", "source.handover": "转人工",
  },
  en: {
    "brand": "kefu support", "language.other": "中文", "language.label": "切换到中文 (Switch to Chinese)",
    "error.slow": "The server did not answer in time: check that the gateway is well.",
    "error.unreachable": "The server cannot be reached: check the network and that the service is running.",
    "error.status": "The server answered with error {status}.",
    "source.script": "Script", "source.cache": "Cache", "source.knowledge": "Knowledge", "source.tool": "Shop system",
    "source.model": "AI model", "source.fallback": "Fallback", "source.human": "Person", "source.handover": "Handover",
  },
};

export const TEXTS = {
  zh: { ...shared.zh, ...CHAT.zh, ...OPS.zh },
  en: { ...shared.en, ...CHAT.en, ...OPS.en },
};
