"""Words that carry no topic, and traditional characters with their simplified forms."""

_STOP = """
a an the i im ive id ill me my mine we our us you your youre it its he she they them this that these those there
is are was were be been being am do does did have has had having can could will would shall should may might must
to of in on at for from by with about as into and or but if then so than too very just also some any
please hi hello thanks thank get got want need like tell let know say says said go going make
的 了 吗 呢 吧 啊 呀 哦 嘛 啦 么 呗 我 你 您 他 她 它 我们 你们 他们 咱们 这 那 这个 那个 这些 那些 一个 一些
是 在 有 和 跟 与 及 就 都 也 还 又 很 太 把 被 给 要 想 得 地 之 而 或 但 但是 如果 因为 所以 里 点 去 来 过 着
请 请问 麻烦 帮 帮忙 一下 可以 能 会 能不能 可不可以 是不是 有没有 想要 我要 我想 怎么 怎么办 什么 如何
您好 你好 谢谢
"""
STOP_WORDS = frozenset(_STOP.split())

_PAIRS = """
貨货 單单 運运 費费 發发 遞递 達达 時时 間间 幾几 開开 關关 電电 話话 號号 碼码 賬账 帳账 戶户 錢钱 銀银 買买 賣卖
價价 優优 換换 還还 沒没 為为 麼么 嗎吗 們们 這这 個个 來来 過过 對对 錯错 壞坏 損损 傷伤 裝装 裡里 裏里 東东 應应
該该 處处 辦办 請请 謝谢 問问 題题 訂订 購购 網网 頁页 圖图 實实 體体 門门 點点 線线 聯联 繫系 絡络 務务 員员 專专
業业 稱称 稅税 額额 據据 證证 驗验 確确 認认 輸输 簽签 寫写 讀读 說说 講讲 語语 誰谁 讓让 誤误 調调 選选 擇择 適适
質质 維维 護护 產产 廠厂 種种 類类 顏颜 紅红 綠绿 藍蓝 黃黄 寬宽 長长 腳脚 褲裤 襪袜 絲丝 機机 腦脑 視视 頻频 聽听
響响 燈灯 壓压 縮缩 滿满 減减 積积 級级 會会 獎奖 禮礼 賀贺 節节 慶庆 週周 幫帮 導导 搶抢 險险 賠赔 償偿 參参 與与
從从 後后 現现 當当 動动 態态 變变 壹一 兩两 萬万 數数 總总 計计 訊讯 訴诉 評评 論论 絕绝 經经 給给 續续 轉转 軟软
鎖锁 錄录 檢检 測测 標标 樣样 樓楼 條条 極极 構构 權权 櫃柜 殺杀 氣气 無无 爛烂 牆墙 狀状 獨独 環环 畫画 異异 療疗
盡尽 監监 盤盘 眾众 離离 窮穷 競竞 筆笔 範范 簡简 籤签 紙纸 純纯 細细 終终 組组 結结 統统 綁绑 練练 緊紧 織织 罰罚
聲声 職职 肅肃 臨临 舊旧 艙舱 葉叶 蘋苹 藥药 術术 衛卫 補补 複复 復复 見见 規规 親亲 覺觉 觀观 觸触 設设 許许 試试
詢询 詳详 誠诚 課课 議议 譯译 責责 貴贵 資资 賓宾 賺赚 贈赠 贏赢 趕赶 車车 輕轻 載载 農农 進进 遠远 遲迟 遺遗 邊边
郵邮 鄰邻 鋪铺 鏈链 鍵键 陸陆 隊队 階阶 際际 隨随 雙双 雜杂 難难 靜静 項项 順顺 須须 預预 領领 願愿 顯显 飛飞 飯饭
館馆 驚惊 鬆松 麗丽 齊齐 齡龄 臺台 灣湾 歲岁 歸归 毀毁 漲涨 潔洁 濕湿 熱热 戰战 擔担 掛挂 撥拨 攜携 斷断 於于 暫暂
歡欢 壽寿 夠够 奪夺 學学 寶宝 將将 屬属 帶带 師师 廣广 強强 彈弹 徵征 慮虑 憑凭 懷怀 拋抛 僅仅 倉仓 側侧 備备 傳传
債债 億亿 儲储 內内 冊册 凍冻 劃划 則则 剛刚 創创 劇剧 勞劳 勝胜 區区 協协 卻却 廳厅 雲云 吳吴 國国 園园 團团 場场
塊块 墊垫 報报 髒脏 頭头 顧顾 劑剂 庫库 銷销 約约 敗败 盜盗 偽伪 妝妆 薦荐 嚴严 鐘钟 聖圣 誕诞 鍋锅 遊游 戲戏 錶表
兒儿 媽妈 歐欧 亞亚 騙骗 閉闭 閱阅 鈕钮 鐵铁 鏡镜 鏽锈 煩烦 滯滞 溫温 準准 淨净 燒烧 爭争 獲获 畢毕 穩稳 籃篮 紀纪
綜综 編编 縣县 繳缴 羅罗 脫脱 臉脸 蓋盖 製制 託托 記记 詐诈 諾诺 識识 負负 貼贴 貿贸 貸贷 賞赏 跡迹 輪轮 連连 違违
鄉乡 醫医 釋释 鋼钢 陽阳 隱隐 隻只 飲饮 餘余 鮮鲜 佔占 併并 兌兑 別别 匯汇 圍围 執执 堅坚 嬰婴 審审 寵宠 尋寻 層层
島岛 幣币 幹干 乾干 惡恶 愛爱 慣惯 掃扫 曆历 書书 殘残 決决 況况 涼凉 營营 瞭了 納纳 紹绍 習习 諮咨 財财 貓猫 鑑鉴
飾饰 妳你 慘惨 憤愤 罵骂 騷骚 擾扰 洩泄 讚赞 緩缓 衝冲 韓韩 鬧闹
"""
SIMPLIFIED = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
"""Traditional characters of everyday shopping and their simplified forms; a character that is not here stays itself."""
