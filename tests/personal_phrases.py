"""What people write round personal data and round what only looks like it; slots are filled by ``personal_values``."""


def _told(block: str) -> tuple[str, ...]:
    """Phrases, several a line."""
    return tuple(
        phrase.replace("\\n", "\n") for line in block.strip().splitlines() for phrase in line.strip().split(" / ")
    )


SMALL_TALK = _told(
    r"""
    你好，在吗 / 我的快递怎么还没到啊 / 这个能退吗？ / 收到的颜色跟图片不一样 / 麻烦快点处理 / 谢谢你们的帮助
    什么时候发货 / 我要投诉，太过分了 / 我是老顾客了，能便宜点吗 / 我是高级会员，为什么没有优惠 / 我是金卡用户
    我叫了外卖一直没送 / 收货人不在家怎么办 / 密码忘记了怎么办 / 我的地址填错了能改吗 / 验证码一直收不到
    联系人都填错了，可以改吗 / 手机号码换了怎么改 / 名字可以改吗 / 这里是客服吗 / 我是学生，有优惠吗
    我是从拼多多过来的 / 我是周一下的单 / hi there / where is my parcel? / I want my money back!
    Is this dress available in red? / the item arrived broken / I'm Very disappointed
    my name is spelled wrong on the label / password reset does not work / my password is wrong
    How long is the 2 year warranty / It took a 20 minute drive to the store / I waited 3 days on the road
    Can I change the address? / call me back please / this is not what I ordered / The Nike Air is great / thanks, bye
    I am from London / I'm from Beijing and I love it / what's your name? / name of the product is missing
    我想问一下 iPhone 15 Pro 什么时候有货 / 订单 status 一直是 pending / refund 多久到账
    """
)

TRAPS = _told(
    r"""
    订单号{order}到哪了 / 我的订单 {order} 为什么取消 / 单号是{order} / 订单编号：{order}，麻烦查一下
    快递单号{parcel}三天没动了 / {parcel}这个快递到哪了 / 运单号 {parcel} / 一共¥{price} / 我付了{price}元，{date}买的
    {date}下的单，{time}付的款 / 买了{quantity}件，单价{price}块 / 型号{product}有货吗 / 商品编码{product}
    货号：{barcode} / 条码{barcode}扫不出来 / app版本{version}打不开 / 升级到 v{version} 以后闪退 / 系统版本 {version}
    客服电话{service}打不通 / 流水号{order} / 交易单号：{order} / 时间戳{stamp} / 满300减50，第{quantity}件半价
    尺寸是{quantity}x{quantity}x{quantity}cm / {order}是我的订单号 / 卡号{wrong_card}不对吧
    数量{quantity}，总价{price}元 / 有效期{date}到{date} / 退款金额{price}，{date}申请的 / 工单{order}处理了吗
    优惠券码{product}用不了 / order number {order} / where is order #{order}? / Order ID: {order} placed {date}
    tracking number {parcel} shows nothing / my order {order} is late / I paid ${price} on {date}
    invoice {order} is wrong / the SKU is {product} / product code {product} please / model {product}, {quantity} pcs
    firmware version {version} / running app version {version} on iOS {version} / it costs {price} dollars
    qty {quantity}, total {price} USD / delivered at {time} on {date} / serial number {barcode} / barcode {barcode}
    {quantity} items at {price} each / timestamp {stamp} / reference: {order} / {order} is my order number
    call {service} was useless / size {quantity}x{quantity} mm / ticket {order} still open
    ratio 16:9, score 3:2, at {time}:30 / v{version} / SF Express {parcel} / item no. {barcode}, colour {quantity}
    1 2 3 4 5 6 7 8 9 10 11 12
    """
)

PHRASES = _told(
    r"""
    我手机号{mobile} / 我的电话是{mobile}请回电 / 打{mobile}找我 / {mobile} / 联系方式：{mobile}
    有事打这个{mobile}，白天都在 / 加我微信{mobile} / 尾号不对，应该是{mobile}才对 / 电话（{mobile}） / 换成{mobile}吧
    注册用的{mobile}现在停用了，新的是{mobile} / 座机{landline} / 公司电话{landline}，分机不用拨
    固话：{landline}有人接 / 下单时留的是{mobile}这个号 / 快递员打的{mobile}没人接 / 收到请短信通知{mobile}谢谢
    身份证{id} / 我的身份证号码是{id}，帮我实名 / {id} / 证件号：{id} / 实名信息{id}填错 / 退到卡{card}
    银行卡号{card}，开户行工行 / 卡号：{card} / {card}这张卡扣了两次款 / 打款到{card}就行 / 护照{passport}
    护照号码：{passport}，签证用 / passport号{passport_abroad} / 港澳通行证{cn_permit} / 回乡证号码{hk_permit}
    台胞证：{tw_permit} / 通行证号是{cn_permit} / 香港身份证{hkid} / 邮箱{email} / 发到{email}就可以
    我的email是{email}，请发发票 / {email}收不到邮件 / 登录IP {ip} / ip是{ip}，帮忙看下 / 异地登录提醒来自{ip}
    车牌{plate} / 车牌号是{plate}，停车券用不了 / {plate}的保险 / 我开{plate}过来自提 / 密码是{secret}
    密码：{secret} / 登录密码{secret}不对 / 账号密码: {secret} 登不上 / 验证码{code} / 验证码是{code}，对吗
    api key是{key} / token={key} / 我的密钥：{key} / 我叫{name_zh} / 我叫{name_zh}，想退货
    我是{name_zh}，电话{mobile} / 收件人：{name_zh} / 收货人{name_zh}，手机{mobile} / 姓名：{name_zh} 身份证：{id}
    联系人是{name_zh} / 本人{name_zh}，卡号{card} / 寄件人：{name_zh} {mobile} / 我老公叫{name_zh}
    名字是{name_zh}，别写错 / 收件人改成{name_zh} / 地址：{address_zh} / 寄到{address_zh}
    我住在{address_zh}，请送上门 / 地址改为{address_zh} / 送到{address_zh}谢谢 / 新地址是{address_zh}，电话{mobile}
    收件人：{name_zh}\n电话：{mobile}\n地址：{address_zh} / {address_zh} / 麻烦寄到{address_zh}，{mobile}
    my phone is {mobile} / call me at {foreign} / reach me on {foreign} after six / {foreign}
    you can text {foreign}. / phone: {foreign} / Mobile {mobile}, thanks / my cell's {foreign}!
    use {foreign} instead / my ID card number is {id} / ID: {id} / the card is {card} / charge {card} again
    card number: {card} / I paid with {card} twice / my passport number is {passport} / Passport No. {passport_abroad}
    passport {passport}, flight tomorrow / travel permit {cn_permit} / home return permit {hk_permit} / HKID {hkid}
    my HKID is {hkid} / email me at {email} / {email} is my account / send it to {email}, please / e-mail: {email}.
    logged in from {ip} / my IP is {ip} / connection to {ip} failed / licence plate {plate} / my password is {secret}
    password: {secret} / pwd={secret} / api key: {key} / the token is {key} / I used {key} and it fails
    verification code {code} / the OTP is {code} / my name is {name_en} / My name's {name_en} and I need help
    this is {name_en} speaking / Hi, this is {name_en} from Leeds / recipient: {name_en} / name: {name_en}
    Regards, {name_en} / I am called {name_en} / order under the name {name_en}, phone {foreign}
    ship to {address_en} / my address is {address_en} / I live at {address_en} / deliver to {address_en} please
    {address_en} / new address: {address_en} / Send it to {address_en}. Thanks
    """
)

MIXED = _told(
    r"""
    我的 phone 是 {mobile}，please call / 订单{order}的收件电话换成{mobile} / order {order}, 电话{mobile}
    my name is {name_en}，手机{mobile} / {date}买的，电话{mobile}，订单{order}
    请把 invoice 发到 {email}，金额{price}元 / 快递{parcel}，收件人：{name_zh}，{mobile}
    I bought {quantity} pcs on {date}, call {foreign} / 退款{price}元到{card}
    单号{parcel} 电话{mobile} 地址：{address_zh} / app {version} 登录不了，email {email}
    订单号：{order} 手机：{mobile} / {mobile} 订单{order} / 型号{product}，车牌{plate}，{date}安装
    护照{passport}，订单{order} / password is {secret}，账号 {email} / IP {ip}，版本{version}
    order {order} to {address_en} / paid {price} USD with {card} on {date} / 身份证{id}，电话{mobile}，邮箱{email}
    """
)

CHINESE_NAMES = _told(
    r"""
    张伟 / 王小明 / 李娜 / 欧阳娜娜 / 陈建国 / 刘洋 / 赵敏 / 孙丽华 / 周杰 / 吴彦祖 / 黄晓丽 / 诸葛亮 / 徐志摩 / 何静
    郭富城 / 高圆圆 / 林志玲 / 马云飞 / 杨幂 / 沈括
    """
)

ENGLISH_NAMES = _told(
    r"""
    John Smith / Mary Jones / Ann Lee / Peter O'Neil / Li Wei / Maria Garcia / David Brown / Sarah Connor / James Bond
    Emma Watson
    """
)

CHINESE_PLACES = _told(
    r"""
    浙江省杭州市西湖区文三路478号 / 北京市朝阳区建国路88号现代城3栋2单元501室 / 上海市浦东新区张江路665弄12号302室
    广东省深圳市南山区科技园南区高新南一道8号 / 四川省成都市武侯区天府三街199号
    江苏省苏州市工业园区星湖街328号创意产业园5栋 / 武汉市洪山区珞喻路1037号 / 南京市鼓楼区汉口路22号
    幸福小区5号楼2单元301室 / 人民路120号 / 广西壮族自治区南宁市青秀区民族大道100号 / 重庆市渝北区龙溪街道金山路18号
    湖南省长沙市岳麓区麓山南路932号 / 天津市南开区卫津路94号 / 陕西省西安市雁塔区长安南路199号阳光花园8栋1203室
    中山北路3663号 / 福建省厦门市思明区思明南路422号
    """
)

ENGLISH_PLACES = _told(
    r"""
    221B Baker Street, London NW1 6XE / 123 Main St, Springfield, IL 62704
    1600 Amphitheatre Parkway, Mountain View, CA 94043 / 45 Elm Avenue / 10 Downing Street / 742 Evergreen Terrace
    PO Box 1234 / 350 Fifth Avenue, Apt 4B, New York, NY 10118 / 7 Oak Lane / 88 Queen Road
    2500 North Lake Drive, Chicago, IL 60614
    """
)
